import hashlib
import os
import subprocess
from collections import Counter
from pathlib import Path
from sys import executable

import pytest

from journey_analytics.config import Project
from journey_analytics.errors import ConfigurationError, UsageError
from journey_analytics.stage_model import load_stage_model, shipped_models
from journey_analytics.steps.build import stage_models
from journey_analytics.steps.diagnose import diagnose
from journey_analytics.steps.explain import explain_event
from journey_analytics.steps.plan import plan
from journey_analytics.steps.rule_coverage import rule_coverage
from journey_analytics.steps.rule_findings import model_warnings
from journey_analytics.warehouse.connection import opened
from journey_analytics.warehouse.queries import query_published
from tests.projects import SEGMENT, copied, make_project, message, night, put, state
from tests.worlds import STEPS

HEAD = '[stages]\nmodels = ["stages.toml", "loyalty"]\n'


def track(number: int, minute: int, event: str, who: str = "u1") -> str:
    return message(number, f"2026-03-02T10:{minute:02}:00Z", type="track", event=event, userId=who)


ROWS = [
    *(message(number, f"2026-03-02T10:{number:02}:00Z", userId="u1") for number in range(3)),
    track(10, 10, "Feature Used"),
    track(11, 11, "Video Played"),
    track(12, 12, "Video Played"),
    track(13, 13, "Feature Used", "u2"),
    message(14, "2026-03-02T10:14:00Z", userId="u2"),
    message(15, "2026-03-02T10:15:00Z", type="identify", userId="u2"),
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that has run once; never changed."""
    made = make_project(tmp_path_factory.mktemp("finished"), HEAD, SEGMENT)
    put(made, "stages.toml", STEPS)
    put(made, "web/a.ndjson", "\n".join(ROWS))
    night(made)
    return made


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    return copied(finished, tmp_path)


def stored(project: Project) -> dict[int, tuple[int, str | None]]:
    rows = state(project, "select event_key, customer_key, stage from journeys.touchpoints").rows()
    return {key: (customer, stage) for key, customer, stage in rows}


def test_a_plan_says_what_a_run_then_does(project: Project) -> None:
    before, content = stored(project), hashlib.sha256(project.state_database.read_bytes()).hexdigest()
    rule = '[[rules]]\nid = "returns"\nstage = "buy"\nevent_type = ["page_view", "video_played"]\nwhen = "nth(page_view) >= 3"\n'
    put(project, "stages.toml", STEPS.replace("[[rules]]", f"{rule}[[rules]]", 1))
    put(project, "web/b.ndjson", track(20, 20, "Feature Used", "u3"))
    found = plan(Project(project.folder))
    assert hashlib.sha256(project.state_database.read_bytes()).hexdigest() == content
    (project.folder / "web/b.ndjson").unlink()
    night(project, "later")
    changed = [(was, after) for key, after in stored(project).items() if (was := before[key]) != after]
    moves = Counter((was[1], after[1]) for was, after in changed)
    assert {(row["from_stage"], row["to_stage"]): row["touchpoints_count"] for row in found.moves} == moves
    assert found.moves == [
        {"from_stage": "(unmapped)", "to_stage": "buy", "touchpoints_count": 2, "customers_count": 1},
        {"from_stage": "see", "to_stage": "buy", "touchpoints_count": 1, "customers_count": 1},
    ]
    assert (found.restaged_count, found.moved_customers_count) == (3, 1)
    assert found.by_rule == [{"rule_id": "returns", "touchpoints_count": 3}]
    assert (found.is_whole, found.customers_count, found.changed) == (True, 2, ["stage models"])
    assert [(one.source, one.files_count) for one in found.files] == [("web", 1)]


def test_a_plan_without_a_change_moves_nothing(project: Project) -> None:
    found = plan(Project(project.folder))
    assert (found.is_whole, found.customers_count, found.restaged_count, found.moves) == (False, 0, 0, [])
    assert list(found.lines) == [
        "would read       no new file",
        "would recompute  0 customers",
        "would restage    no touchpoint (steps)",
        "nothing was written; apply with: journey run",
    ]


def test_a_plan_tells_of_models_that_come_and_go_and_of_changed_sources(project: Project) -> None:
    changed = SEGMENT + 'event_types = { "Video Played" = "page_view" }\n'
    put(project, "journey.toml", HEAD.replace('"stages.toml", "loyalty"', '"purchase", "stages.toml"') + changed)
    assert plan(Project(project.folder)).notes == [
        "new stage model: purchase",
        "stage model that goes: loyalty",
        "the main stage model was steps and becomes purchase",
        "web: its settings changed, so all of its files are read again.",
    ]


def test_a_plan_before_the_first_run_or_without_the_key(tmp_path: Path, project: Project) -> None:
    with pytest.raises(UsageError):
        plan(make_project(tmp_path / "new", SEGMENT))
    project.customer_key.unlink()
    with pytest.raises(ConfigurationError, match=r"customer\.key is gone"):
        plan(Project(project.folder))
    assert not project.customer_key.exists()


def test_coverage_lists_what_no_rule_takes_and_rules_that_take_none(project: Project) -> None:
    more = '[[rules]]\nid = "late"\nstage = "buy"\nevent_type = "page_view"\nsession = { index = 1 }\n'
    more += '[[rules]]\nid = "typo"\nstage = "buy"\nwhen = "after_first(purchse)"\n'
    more += '[[rules]]\nid = "outrun"\nstage = "buy"\nsession = { position = 1 }\n'
    put(project, "stages.toml", STEPS + more)
    steps, loyalty = rule_coverage(Project(project.folder))
    assert steps.counts.interactions_count == 8
    assert steps.untaken == [{"channel": "web", "event_type": "video_played", "interactions_count": 2}]
    told = list(steps.lines)
    assert told[0] == "steps: no rule takes 2 of 8 interactions (25.0%)"
    assert [line for line in told if line.startswith("takes nothing")] == [
        "takes nothing: rule buy_3 (stages.toml, line 16): no interaction matches it",
        "takes nothing: rule late (stages.toml, line 19): whatever it matches, see_1 (stages.toml, line 10) above it takes; "
        "it can go, or must stand higher",
        "takes nothing: rule typo (stages.toml, line 24): no interaction matches it",
        "takes nothing: rule outrun (stages.toml, line 28): the 2 interactions that it matches go to rules above it, most "
        "to see_1 (stages.toml, line 10)",
    ]
    assert "no event has the type 'purchse': rule typo (stages.toml, line 24). Did you mean 'purchase'?" in told
    assert told[-4:] == ["[[rules]]", 'stage = "?"', 'event_type = "video_played"', 'channel = "web"']
    assert loyalty.untaken == []
    assert rule_coverage(Project(project.folder), "steps", most_customers=1)[0].counts.interactions_count in (2, 6)
    with pytest.raises(UsageError):
        rule_coverage(Project(project.folder), "setps")


def test_what_is_pasted_must_be_given_a_stage(project: Project) -> None:
    put(project, "stages.toml", STEPS + "\n".join(list(rule_coverage(project, "steps")[0].lines)[-4:]))
    with pytest.raises(ConfigurationError) as caught:
        rule_coverage(Project(project.folder))
    assert caught.value.message == "stages.toml, line 20, column 9: unknown stage '?'."
    assert caught.value.hint == "Allowed: (unmapped), buy, see, try."


def test_a_rule_that_can_take_nothing_is_a_warning_of_the_run_and_of_the_doctor(project: Project) -> None:
    more = '[[rules]]\nid = "late"\nstage = "buy"\nevent_type = "page_view"\nscore = 1\n'
    put(project, "stages.toml", STEPS + more)
    told = (
        "rule late (stages.toml, line 19) can take nothing: see_1 (stages.toml, line 10) stands above it and matches "
        "whatever it matches. Move it up, or delete it."
    )
    assert [one.text for one in diagnose(Project(project.folder)) if one.name == "rules"] == [
        f"steps: {told}",
        "steps: 2 of 4 rules take an interaction, not buy_3, late (asked now)",
        "loyalty: 1 of 7 rules take an interaction, not leaves_list, recommends, promoter, ... (asked now)",
    ]
    assert night(project, "later").built.warnings == (f"steps: {told}",)
    assert list(model_warnings([])) == []


UNFINISHED = STEPS.replace("is_goal = true\n", "") + '[[stages]]\nname = "praise"\n'


def test_a_stage_that_no_rule_leads_to_and_a_model_without_a_goal_are_told_wherever_rules_are(project: Project) -> None:
    put(project, "stages.toml", UNFINISHED)
    told = [
        "steps: no rule leads to stage praise, so nobody can ever be in it; the funnel counts there those who went past "
        'it. Write a rule with stage = "praise", or delete the stage.',
        "steps: no stage is the goal, so no journey can be completed, and all that end count as dropped off. Write "
        "is_goal = true below the [[stages]] that customers should reach.",
    ]
    found = diagnose(Project(project.folder))
    assert [one.text for one in found if one.name == "rules" and one.status == "warning"] == told
    assert [line for line in rule_coverage(Project(project.folder), "steps")[0].lines if line in told] == told
    assert [line for line in plan(Project(project.folder)).lines if line in told] == told
    assert list(night(project, "later").built.warnings) == told


def test_every_shipped_model_has_a_goal_and_rules_for_all_of_its_stages() -> None:
    models = [load_stage_model(name, Path()) for name in shipped_models()]
    assert list(model_warnings(models)) == []


def test_the_published_tables_have_stage_and_rule_of_each_touchpoint_by_each_model(project: Project) -> None:
    query = """
        select stage_model, is_main_model, event_type, stages.stage, stages.rule_id, count(*)
        from journeys.touchpoints join journeys.touchpoint_stages as stages using (stages_code)
        group by all order by is_main_model desc, event_type
    """
    assert query_published(project.published_database, query).rows() == [
        ("steps", True, "feature_used", "try", "try_2", 2),
        ("steps", True, "identify", "see", None, 1),
        ("steps", True, "page_view", "see", "see_1", 4),
        ("steps", True, "video_played", "(unmapped)", None, 2),
        ("loyalty", False, "feature_used", "(unmapped)", "no_buyer_yet", 2),
        ("loyalty", False, "identify", None, None, 1),
        ("loyalty", False, "page_view", "(unmapped)", "no_buyer_yet", 4),
        ("loyalty", False, "video_played", "(unmapped)", "no_buyer_yet", 2),
    ]


def test_explaining_a_type_of_events_counts_them_by_the_rules_of_each_model(project: Project) -> None:
    found = explain_event(Project(project.folder), "feature_used")
    rule = load_stage_model("loyalty", Path()).rule("no_buyer_yet")
    assert rule is not None
    assert found.lines == [
        "touchpoints named 'feature_used', by the rule that gave their stage in the last run:",
        "         2  try               rule try_2 (stages.toml, line 13)",
        "model    loyalty",
        f"         2  (unmapped)        rule no_buyer_yet ({rule.place})",
        "one of them in detail: journey explain event web:m10",
    ]
    row = {"stage": "(unmapped)", "rule_id": "no_buyer_yet", "is_interaction": True, "touchpoints_count": 2}
    assert found.document["other_models"] == {"loyalty": [{**row, "example": "web:m10"}]}


def test_more_stage_models_than_can_be_told_apart_are_a_mistake(tmp_path: Path) -> None:
    names = [f"steps{number}" for number in range(21)]
    for name in names:
        put(make_project(tmp_path), f"{name}.toml", STEPS.replace('name = "steps"', f'name = "{name}"', 1))

    def of(some: list[str]) -> Project:
        listed = ", ".join(f'"{name}.toml"' for name in some)
        return make_project(tmp_path, f"[stages]\nmodels = [{listed}]\n")

    assert [model.name for model in stage_models(of(names[:20]))] == names[:20]
    with pytest.raises(ConfigurationError, match=r"with 'steps20\.toml' the stage models have more rules and stages"):
        stage_models(of(names))


def test_a_rule_about_what_is_no_interaction_can_take_nothing(project: Project) -> None:
    put(project, "stages.toml", STEPS + '[[rules]]\nid = "sent"\nstage = "see"\nevent_type = "email_sent"\n')
    assert [
        one.text for one in diagnose(Project(project.folder)) if one.status == "warning" and one.name == "rules"
    ] == [
        "steps: rule sent (stages.toml, line 19) can take nothing: email_sent is no interaction, and rules are asked about "
        'these only: deliberate acts of customers. A fact can ask about it: when = "after_first(email_sent)".'
    ]


def test_the_doctor_asks_the_rules_as_they_stand_now_and_not_those_of_the_last_run(project: Project) -> None:
    everything = '[[rules]]\nid = "all"\nstage = "see"\nchannel = "web"\n'
    put(project, "stages.toml", STEPS.replace("[[rules]]", f"{everything}[[rules]]", 1))
    told = [one.text for one in diagnose(Project(project.folder)) if one.status == "good"]
    assert told[-4:] == [
        "steps: 0.0% of interactions have no stage (asked now)",
        "steps: 1 of 4 rules take an interaction, not see_2, try_3, buy_4 (asked now)",
        "loyalty: 0.0% of interactions have no stage (asked now)",
        "loyalty: 1 of 7 rules take an interaction, not leaves_list, recommends, promoter, ... (asked now)",
    ]


def test_the_doctor_says_that_it_tells_of_the_last_run_where_a_run_holds_the_database(project: Project) -> None:
    with opened(project.state_database):
        start = "from journey_analytics.cli.main import main; main()"
        words = [executable, "-c", start, "-C", str(project.folder), "doctor"]
        told = subprocess.run(
            words, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"}
        ).stdout
    assert "mapping    steps: 25.0% of interactions have no stage, and the limit is 5% (by the last run)" in told
    assert "rules      steps: 2 of 3 rules take an interaction, not buy_3 (by the rules of the last run)" in told
    assert "mapping    loyalty: 0.0% of interactions have no stage (by the last run)" in told
    assert "loyalty: 1 of 7 rules take an interaction, not leaves_list, recommends, promoter, ... (by the rules" in told


def test_the_doctor_tells_event_types_that_never_occur_with_the_nearest_word(project: Project) -> None:
    typo = '[[rules]]\nid = "typo"\nstage = "buy"\nevent_type = "video_plaid"\n'
    put(project, "stages.toml", STEPS + typo + '[[rules]]\nid = "fact"\nstage = "buy"\nwhen = "after_first(signup)"\n')
    put(project, "journey.toml", HEAD + SEGMENT + 'event_types = { "Video Played" = "pageview" }\n')
    told = [one.text for one in diagnose(Project(project.folder)) if one.status == "warning"]
    assert told == [
        "web: its settings make events of the type 'pageview', which no rule names and which is none of those that this "
        "program knows. Did you mean 'page_view'?",
        told[1],
        "steps: no event has the type 'video_plaid': rule typo (stages.toml, line 19). Did you mean 'video_played'?",
        "steps: no event has the type 'signup': rule fact (stages.toml, line 23). Did you mean 'sign_up'?",
    ]
    assert told[1].startswith("steps: 25.0% of interactions have no stage")


def test_the_doctor_reads_rows_of_known_shapes_beside_those_of_none(project: Project) -> None:
    put(project, "web/b.ndjson", "\n".join([*ROWS, "no JSON at all"]))
    found = next(one for one in diagnose(Project(project.folder)) if one.name == "sources")
    assert (found.status, found.hint) == ("warning", "Line 10: not valid JSON.")
    assert found.text.endswith("b.ndjson: 1 of its first 10 rows are bad")
