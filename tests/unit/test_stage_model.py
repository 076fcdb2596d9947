from pathlib import Path

import pytest

from journey_analytics.errors import ConfigurationError
from journey_analytics.stage_model import FactCondition, load_stage_model, read_stage_model, shipped_models

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
    assert error.message == "stages.toml, line 5: unknown stage 'onne'."
    assert error.hint == "Did you mean 'one'?"


def test_an_unknown_channel(tmp_path: Path) -> None:
    error = problem(tmp_path, STAGE + '[[rules]]\nstage = "one"\nchannel = "e-mail"\n')
    assert error.message == "stages.toml, line 6: unknown channel 'e-mail'."
    assert error.hint == "Did you mean 'email'?"


def test_an_unknown_key_of_a_rule(tmp_path: Path) -> None:
    error = problem(tmp_path, STAGE + '[[rules]]\nstage = "one"\nevent_typ = "x"\n')
    assert error.message == "stages.toml, line 6: unknown key 'event_typ'."
    assert error.hint == "Did you mean 'event_type'?"


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ('when = "befor_first(purchase)"', "unknown fact 'befor_first'"),
        ('when = "nth(purchase)"', "needs a comparison"),
        ('when = "before_first(purchase) > 2"', "takes no comparison"),
        ('when = "soon"', "is not a fact"),
        ('score = "many"', "is not a comparison"),
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


def test_a_model_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_stage_model("lifecylce", tmp_path)
    assert caught.value.hint == "Did you mean 'lifecycle'?"
