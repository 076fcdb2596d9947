from pathlib import Path

from tests.projects import SEGMENT, make_project, message, night, put, state

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
