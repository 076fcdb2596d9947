from pathlib import Path

import pytest

from journey_analytics.config import Settings
from journey_analytics.errors import ConfigurationError
from journey_analytics.stage_model import (
    Comparison,
    FactCondition,
    NumberCondition,
    load_stage_model,
    read_examples,
    read_stage_model,
    shipped_model_path,
    shipped_models,
)
from journey_analytics.transform.examples import live

STAGE = 'name = "m"\n[[stages]]\nname = "one"\n'


def problem(folder: Path, text: str) -> ConfigurationError:
    path = folder / "stages.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_stage_model(path)
    return caught.value


@pytest.mark.parametrize("name", shipped_models())
def test_shipped_models_are_sound(name: str) -> None:
    model = load_stage_model(name, Path())
    assert model.name == name
    assert model.description
    assert all(stage.description for stage in model.stages)
    assert model.goals


def test_an_unknown_stage_names_line_and_nearest_word(tmp_path: Path) -> None:
    error = problem(tmp_path, STAGE + '[[rules]]\nstage = "onne"\nchannel = "web"\n')
    assert error.message == "stages.toml, line 5, column 9: unknown stage 'onne'."
    assert error.hint == "Did you mean 'one'?"


def test_an_unknown_channel(tmp_path: Path) -> None:
    error = problem(tmp_path, STAGE + '[[rules]]\nstage = "one"\nchannel = "e-mail"\n')
    assert error.message == "stages.toml, line 6, column 11: unknown channel 'e-mail'."
    assert error.hint == "Did you mean 'email'?"


def test_an_unknown_key_of_a_rule(tmp_path: Path) -> None:
    error = problem(tmp_path, STAGE + '[[rules]]\nstage = "one"\nevent_typ = "x"\n')
    assert error.message == "stages.toml, line 6, column 1: unknown key 'event_typ'."
    assert error.hint == "Did you mean 'event_type'?"


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ('when = "befor_first(purchase)"', "unknown fact 'befor_first'"),
        ('when = "nth(purchase)"', "needs a comparison"),
        ('when = "before_first(purchase) > 2"', "takes no comparison"),
        ('when = "soon"', "column 8: 'soon' is not a fact"),
        (
            'when = ["before_first(purchase)", "nth() > 1"]',
            "column 35: 'nth() > 1': nth needs event types in its brackets",
        ),
        ('when = "nth(sign up) > 1"', "nth needs event types in its brackets, with commas between them"),
        ('when = "days_until_next(purchase) < 3"', "'days_until_next' looks ahead, and rules never do"),
        ('when = "days_since_last(purchase) > 3, > = 4"', "'> 3, > = 4' is not a comparison"),
        ('when = "nth(purchase) > 3, < 3"', "column 8: no number is '> 3, < 3'"),
        ('score = "many"', "is not a comparison"),
        ('value = ">= 6, < 3"', "column 9: no number is '>= 6, < 3'"),
        ('score = "= 1, = 2"', "no number is '= 1, = 2'"),
        ('page_path = "pricing"', "'pricing' is no path of a page"),
        ('page_path = ["/a", "/b?c=1"]', "column 20: '/b?c=1' is no path of a page"),
        ('page_path = "/pricing/"', "'/pricing/' matches no path"),
        ('known_by = "mail"', "column 12: unknown identifier 'mail'"),
        ("session = {}", "column 11: it says nothing of the session"),
        ("session = { indx = 1 }", "column 13: unknown key 'indx'"),
        ('session = { entry_channel = "mail" }', "column 29: unknown entry_channel 'mail'"),
        ('session = { landing_path = "a" }', "column 28: 'a' is no path of a page"),
        ('channel = "web"\nunless = {}', "line 7, column 10: the exception has no condition"),
        ('channel = "web"\nunless = { chanel = "web" }', "line 7, column 12: unknown key 'chanel'"),
        (
            'channel = "web"\nunless = [{ channel = "web" }, { channel = "mail" }]',
            "line 7, column 44: unknown channel 'mail'",
        ),
        ('channel = "web"\nunless = { unless = { channel = "web" } }', "line 7, column 12: unknown key 'unless'"),
        ("", "has no condition"),
    ],
)
def test_conditions_that_cannot_be(tmp_path: Path, condition: str, told: str) -> None:
    assert told in problem(tmp_path, STAGE + f'[[rules]]\nstage = "one"\n{condition}\n').message


def test_names_stand_once(tmp_path: Path) -> None:
    rule = '[[rules]]\nid = "r"\nstage = "one"\nchannel = "web"\n'
    assert "the name 'r' stands twice" in problem(tmp_path, STAGE + rule * 2).message
    assert "the name 'one' stands twice" in problem(tmp_path, STAGE + '[[stages]]\nname = "one"\n' + rule).message


def test_a_fact_may_speak_of_several_types(tmp_path: Path) -> None:
    path = tmp_path / "stages.toml"
    path.write_text(STAGE + '[[rules]]\nstage = "one"\nwhen = "days_since_first(sign_up, purchase) <= 30"\n')
    fact = read_stage_model(path).rules[0].conditions[0]
    assert isinstance(fact, FactCondition)
    assert fact.event_types == ("sign_up", "purchase")
    assert fact.comparison is not None
    assert (fact.comparison.sign, fact.comparison.number) == ("<=", 30)


def test_a_column_counts_characters(tmp_path: Path) -> None:
    error = problem(tmp_path, STAGE + '[[rules]]\nstage = "one"\nproperties = { "ěšč" = "> 2, < 1" }\n')
    assert error.message.startswith("stages.toml, line 6, column 24: no number is")


def test_several_comparisons_are_as_many_conditions(tmp_path: Path) -> None:
    path = tmp_path / "stages.toml"
    path.write_text(STAGE + '[[rules]]\nstage = "one"\nvalue = ">= 3, < 6"\nwhen = "nth(purchase) > 1,<=4"\n')
    assert read_stage_model(path).rules[0].conditions == (
        NumberCondition("value", Comparison(">=", 3)),
        NumberCondition("value", Comparison("<", 6)),
        FactCondition("nth", ("purchase",), Comparison(">", 1)),
        FactCondition("nth", ("purchase",), Comparison("<=", 4)),
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("purchase", "line 5, column 8: 'purchase' is an event type"),
        ("paid", "line 8, column 8: the name 'paid' stands twice in [[events]]"),
        ("other", "line 4, column 1: the event 'other' has no condition"),
    ],
)
def test_names_of_events_that_cannot_be(tmp_path: Path, name: str, told: str) -> None:
    condition = "" if name == "other" else 'event_name = "Paid"\n'
    events = f'[[events]]\nname = "{name}"\n{condition}' * (2 if name == "paid" else 1)
    rule = '[[rules]]\nstage = "one"\nwhen = "after_first(paid)"\n'
    assert told in problem(tmp_path, STAGE + events + rule).message


def test_a_model_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_stage_model("lifecylce", tmp_path)
    assert caught.value.hint == "Did you mean 'lifecycle'?"


@pytest.mark.parametrize("name", shipped_models())
def test_every_rule_of_a_shipped_model_is_shown_by_an_example_that_comes_out(name: str) -> None:
    model = load_stage_model(name, Path())
    lived = [
        event
        for example in read_examples(shipped_model_path(name), model)
        for event in live(example, model, Settings())
    ]
    assert [one for one in lived if not one.is_as_expected] == []
    assert {rule.rule_id for rule in model.rules} - {one.rule for one in lived} == set()
    assert set(model.stage_names) - {one.stage for one in lived} == set()
