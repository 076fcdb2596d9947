from pathlib import Path

import pytest

from journey_analytics.errors import ConfigurationError, UsageError
from journey_analytics.steps.rule_examples import try_examples
from tests.projects import make_project
from tests.worlds import STEPS

HEAD = '[stages]\nmodels = ["stages.toml"]\n'


def life(table: str, name: str = "it") -> str:
    return f'\n[[examples]]\nname = "{name}"\nlife = """\n{table}\n"""\n'


def told(folder: Path, stages: str, beside: str = "") -> list[tuple[str, str]]:
    project = make_project(folder, HEAD)
    (folder / "stages.toml").write_text(stages, encoding="utf-8")
    if beside:
        (folder / "stages.examples.toml").write_text(beside, encoding="utf-8")
    [tried] = try_examples(project)
    return [(failure.place, failure.told) for failure in tried.failures]


def test_what_comes_out_otherwise_is_told_with_line_rule_and_what_else_matches(tmp_path: Path) -> None:
    stages = STEPS.strip() + '\n[[rules]]\nid = "anything"\nstage = "try"\nevent_type = "*"\n'
    table = """day | event_type | actor    | stage      | rule
1   | page_view  | customer | try        |
1   | purchase   | customer | buy        | anything
2   | email_sent | company  | see        |
3   | page_view  | customer | see        | see_1
4   | noise      | customer | (unmapped) |"""
    first = stages.count("\n") + 6
    assert told(tmp_path, stages + life(table)) == [
        (
            f"stages.toml, line {first}",
            "page_view: expected try, found see by rule see_1 (stages.toml, line 9); below it match anything",
        ),
        (
            f"stages.toml, line {first + 1}",
            "purchase: expected buy by rule anything, found buy by rule buy_3 (stages.toml, line 15); below it match "
            "anything",
        ),
        (
            f"stages.toml, line {first + 2}",
            "email_sent: expected see, found buy: it is no interaction, so no rule is asked",
        ),
        (
            f"stages.toml, line {first + 4}",
            "noise: expected (unmapped), found try by rule anything (stages.toml, line 18)",
        ),
    ]


def test_examples_may_stand_beside_the_model(tmp_path: Path) -> None:
    beside = life("day | event_type | stage\n1 | purchase | see")
    assert told(tmp_path, STEPS, beside) == [
        ("stages.examples.toml, line 6", "purchase: expected see, found buy by rule buy_3 (stages.toml, line 16)")
    ]


def test_an_example_says_what_a_row_of_a_source_says(tmp_path: Path) -> None:
    """Campaign and channels follow from addresses; properties, identifiers and scores are asked as in a run."""
    stages = """
name = "asks"
[[stages]]
name = "yes"
[[rules]]
id = "ad"
stage = "yes"
entry_channel = "ad"
[[rules]]
id = "pro"
stage = "yes"
properties = { "plan.name" = "pro" }
[[rules]]
id = "known"
stage = "yes"
known_by = "email"
score = ">= 9"
session = { position = 2 }
"""
    table = """day | time | event_type | page_url | properties.plan.name | email | score | rule | stage
1 | 9:00 | page_view | https://s.example/?utm_medium=cpc&utm_source=google | | | | ad | yes
2 | 9:00 | page_view | https://s.example/ | pro | | | pro | yes
3 | 9:00 | page_view | | | a@b.example | | | (unmapped)
3 | 9:30 | nps_response | | | | 9.5 | known | yes
4 | 9:30:30 | nps_response | | | | 9.5 | | (unmapped)"""
    assert told(tmp_path, stages + life(table)) == []


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("day | event_type | stag\n1 | purchase | see", "line 22: unknown column 'stag'."),
        ("day | stage\n1 | see", "line 22: the column 'event_type' is missing."),
        ("day | event_type | stage | day\n1 | purchase | see | 1", "line 22: the column 'day' stands twice."),
        ("day | event_type | stage", "line 21: the life has no events."),
        ("day | event_type | stage\n1 | purchase", "line 23: 2 cells under 3 names."),
        ("day | event_type | stage\n0 | purchase | see", "line 23: '0' is no day."),
        ("day | event_type | stage\n | purchase | see", "line 23: '' is no day."),
        ("day | event_type | stage\n1 | | see", "line 23: the event has no event_type."),
        ("day | event_type | stage\n\n1 | purchase | sea", "line 24: unknown stage 'sea'."),
        ("day | event_type | stage | rule\n1 | purchase | see | se_1", "line 23: unknown rule 'se_1'."),
        ("day | event_type | stage | channel\n1 | purchase | see | mail", "line 23: unknown channel 'mail'."),
        ("day | event_type | stage | score\n1 | purchase | see | ten", "line 23: 'ten' is no score."),
        ("day | event_type | stage | time\n1 | purchase | see | 25:00", "line 23: '25:00' is no time of day."),
        (
            "day | event_type | stage\n2 | purchase | see\n1 | purchase | see",
            "line 24: this event is earlier than the one above it.",
        ),
    ],
)
def test_lives_that_cannot_be(tmp_path: Path, table: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        told(tmp_path, STEPS.strip() + "\n" + life(table))
    assert caught.value.message == f"stages.toml, {problem}"


def test_a_model_that_the_project_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        try_examples(make_project(tmp_path, ""), "lifecylce")
    assert caught.value.hint == "Did you mean 'lifecycle'?"
