from pathlib import Path

import pytest

from journey_analytics.config import Project
from journey_analytics.steps.plan import plan
from journey_analytics.vocabulary import Outcome
from tests.projects import SEGMENT, copied, make_project, message, night, put, rows_of
from tests.worlds import STEPS

SECOND = STEPS.replace('name = "steps"', 'name = "second"', 1) + '[[conversions]]\nevent_type = "feature_used"\n'
HEAD = '[stages]\nmodels = ["stages.toml", "second.toml"]\n'
BY_OUTCOME = """
select stage_model, outcome, count(*) from marts.journey_outcomes group by all
"""
BY_STAGE = """
select stage_model, stage, sum(customers_count)::bigint from marts.stage_funnel group by all
"""
CONVERSIONS = "select stage_model, count(*) from journeys.conversions group by all"


def happened(number: int, at: str, who: str, event: str = "") -> str:
    more = {"type": "track", "event": event} if event else {}
    return message(number, f"2026-{at}T10:00:00Z", userId=who, **more)


ROWS = [
    happened(1, "03-02", "u1"), happened(2, "03-03", "u1", "Feature Used"), happened(3, "03-04", "u1", "Purchase"),
    happened(4, "03-02", "u2"), happened(5, "03-14", "u2"), happened(6, "03-15", "u2", "Feature Used"),
    happened(7, "04-01", "u3"), happened(8, "04-02", "u3", "Purchase"),
    happened(9, "04-20", "u4"),
]  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that has run once; never changed."""
    made = make_project(tmp_path_factory.mktemp("finished"), HEAD, SEGMENT)
    put(made, "stages.toml", STEPS)
    put(made, "second.toml", SECOND)
    put(made, "web/a.ndjson", "\n".join(ROWS))
    night(made)
    return made


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    return copied(finished, tmp_path)


def swapped(text: str) -> str:
    see, try_ = '[[stages]]\nname = "see"\n', '[[stages]]\nname = "try"\n'
    return text.replace(see + try_, try_ + see)


CHANGES = {
    "the goal stands at another stage": ("stages.toml", STEPS.replace('"try"\n', '"try"\nis_goal = true\n', 1)),
    "no stage is the goal any more": ("stages.toml", STEPS.replace("is_goal = true\n", "")),
    "a stage has a limit of its own": ("stages.toml", STEPS.replace('"see"\n', '"see"\nlapse_after = "5d"\n', 1)),
    "the project has another limit": ("journey.toml", HEAD + SEGMENT + '[journeys]\nlapse_after = "10d"\n'),
    "stages stand in another order": ("stages.toml", swapped(STEPS)),
    "a rule of the second model changed": ("second.toml", SECOND.replace('"page_view"', '"purchase"')),
    "the second model converts otherwise": ("second.toml", SECOND.replace('type = "feature_used"\n', 'type = "purchase"\n')),
    "a stage went": ("second.toml", SECOND.replace('[[stages]]\nname = "try"\n', "").replace('stage = "try"', 'stage = "see"')),
}  # fmt: skip


@pytest.mark.parametrize(("file", "text"), CHANGES.values(), ids=CHANGES)
def test_what_a_plan_foretells_of_outcomes_stages_and_conversions_a_run_then_publishes(
    project: Project, file: str, text: str
) -> None:
    put(project, file, text)
    found = plan(Project(project.folder))
    assert any(not one.is_same for one in found.counts)
    night(project, "later")
    outcomes = {row[:2]: row[2] for row in rows_of(project.published_database, BY_OUTCOME).rows()}
    by_stage = {row[:2]: row[2] for row in rows_of(project.published_database, BY_STAGE).rows()}
    conversions = dict(rows_of(project.published_database, CONVERSIONS).rows())
    for one in found.counts:
        told = {(one.model, outcome.value): count for outcome, count in one.after.journeys.items() if count}
        assert told == {key: count for key, count in outcomes.items() if key[0] == one.model}
        reached = {(one.model, stage): count for stage, count in one.after.reached.items() if count}
        assert reached == {key: count for key, count in by_stage.items() if key[0] == one.model}
        assert one.after.conversions_count == conversions.get(one.model, 0)
    assert [one.is_same for one in plan(Project(project.folder)).counts] == []


def test_a_plan_says_how_many_journeys_would_be_completed_dropped_off_and_still_open(project: Project) -> None:
    put(project, "stages.toml", CHANGES["the goal stands at another stage"][1])
    found = plan(Project(project.folder))
    assert [line for line in found.lines if not line.startswith(("would re", "nothing"))] == [
        "would count      steps: journeys completed 2 → 3 (+1), dropped off 1 → 0 (-1), still open 1 as before",
        "would count      second: journeys, customers by stage and conversions stay as they are",
    ]
    assert found.document["counts"][0]["before"] == {
        "journeys": {"completed": 2, "dropped_off": 1, "open": 1},
        "reached": {"see": 4, "try": 3, "buy": 2},
        "conversions": 0,
    }


def test_a_plan_counts_a_new_model_without_anything_to_compare_it_with(project: Project) -> None:
    put(project, "journey.toml", HEAD.replace('"second.toml"', '"purchase"') + SEGMENT)
    first, second = plan(Project(project.folder)).counts
    assert (first.is_same, second.model, second.before) == (True, "purchase", None)
    assert sum(second.after.journeys.values()) == sum(first.after.journeys.values())
    assert second.after.journeys[Outcome.COMPLETED] == 2
    assert next(second.lines).startswith("would count      purchase, which is new: journeys 2 completed, ")


def test_a_plan_says_what_it_cannot_foretell(project: Project) -> None:
    put(project, "web/b.ndjson", happened(20, "04-20", "u5"))
    assert plan(Project(project.folder)).not_foretold == ["what the new files bring"]
    again = SEGMENT + 'event_types = { "Feature Used" = "purchase" }\n'
    put(project, "journey.toml", HEAD + again + "[identity]\nmax_values = 3\n")
    found = plan(Project(project.folder))
    assert found.not_foretold == [
        "what the settings of web change: all of its rows would be read again",
        "who is who by the changed [identity]",
    ]
    assert "not foretold     who is who by the changed [identity]" in list(found.lines)


def test_touchpoints_that_no_rule_takes_are_told_apart_from_those_that_go_with_a_stage(project: Project) -> None:
    put(project, "stages.toml", STEPS.replace('event_type = "feature_used"', 'event_type = "share"'))
    put(project, "web/b.ndjson", message(30, "2026-03-14T11:00:00Z", type="identify", userId="u1"))
    night(project, "with an event that is no interaction")
    put(project, "stages.toml", STEPS.replace('stage = "buy"\nevent', 'stage = "see"\nevent'))
    lines = list(plan(Project(project.folder)).lines)
    assert "             1  of them no interactions: they go with the stage that the customer is in" in lines
    put(project, "stages.toml", STEPS.replace('event_type = "purchase"', 'event_type = "share"'))
    assert "             2  of them interactions that no rule takes" in list(plan(Project(project.folder)).lines)
