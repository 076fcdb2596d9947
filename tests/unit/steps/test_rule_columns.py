from pathlib import Path

from journey_analytics.config import Project, Settings
from journey_analytics.steps.explain import explain_event
from journey_analytics.steps.fingerprints import of_journeys
from tests.projects import SEGMENT, make_project, message, night, put, state
from tests.worlds import LIFECYCLE, model, written_settings

STAGES = """
name = "mine"
[[stages]]
name = "known"
is_goal = true
[[rules]]
id = "by_user_id"
stage = "known"
known_by = "user_id"
[[rules]]
id = "on_pro"
stage = "known"
properties = { plan = "pro" }
"""


def test_rules_know_who_was_known_by_then_and_what_properties_say(tmp_path: Path) -> None:
    """A value that is blocked is no identifier."""
    head = '[stages]\nmodels = ["stages.toml"]\n[identity]\nblocked_values = ["Guest"]\n'
    project = make_project(tmp_path, head, SEGMENT)
    put(project, "stages.toml", STAGES)
    rows = [
        message(1, "2026-03-02T10:00:00Z"),
        message(2, "2026-03-02T10:01:00Z", userId="guest"),
        message(3, "2026-03-02T10:02:00Z", type="track", event="Upgrade", properties={"plan": "pro"}),
        message(4, "2026-03-02T10:03:00Z", type="identify", userId="u1"),
        message(5, "2026-03-02T10:04:00Z"),
    ]
    put(project, "web/a.ndjson", "\n".join(rows))
    night(project)
    found = state(project, "select rule_id from journeys.touchpoints order by touchpoint_index")
    assert found["rule_id"].to_list() == [None, None, "on_pro", None, "by_user_id"]
    told = explain_event(project, "web:m3")
    assert told.lines[1:] == ["stage    known   rule on_pro (stages.toml, line 10)"]
    put(project, "journey.toml", head.replace('"stages.toml"', '"stages.toml", "purchase"') + SEGMENT)
    told = explain_event(Project(project.folder), "web:m3")
    assert told.lines[1:4] == [
        "stage    known   rule on_pro (stages.toml, line 10)",
        "model    purchase",
        "stage    (unmapped): no rule matches",
    ]
    assert set(told.document["other_models"]) == {"purchase"}


def test_stages_depend_on_what_is_blocked_only_where_rules_ask_who_was_known(tmp_path: Path) -> None:
    plain, other = Settings(), written_settings('[identity]\nblocked_values = ["till"]\n')
    asks, asks_not = model(tmp_path, STAGES), LIFECYCLE
    assert of_journeys(plain, [asks_not], ["web"]) == of_journeys(other, [asks_not], ["web"])
    assert of_journeys(plain, [asks], ["web"]) != of_journeys(other, [asks], ["web"])
