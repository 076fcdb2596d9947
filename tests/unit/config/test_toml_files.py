from pathlib import Path

import pytest

from journey_analytics.config.toml_files import read_toml
from journey_analytics.errors import ConfigurationError
from tests.worlds import STEPS
from tests.worlds import model as stage_model


def test_every_key_knows_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(
        'a = 1\n[project]\nname = "x"\n"quoted key" = { b = 1, c.d = 2 }\n[[sources]]\nname = "w"\n[sources.fields.x]\n'
        "time = 1\n[[sources]]\nlist = [1,\n  { q = 3 }]\n[[sources]]\n"
    )
    lines = {key: position.line for key, position in read_toml(path).positions.items()}
    assert lines["a",] == 1
    assert lines["project", "quoted key", "c", "d"] == 4
    assert lines["sources", 0, "name"] == 6
    assert lines["sources", 0, "fields", "x", "time"] == 8
    assert lines["sources", 1, "list", 1, "q"] == 11
    assert lines["sources", 2] == 12


def test_a_place_is_that_of_the_nearest_key_that_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("[a]\nb = 1\n")
    file = read_toml(path)
    assert file.place(("a", "b", "c")) == "x.toml, line 2"
    assert file.place(("z",)) == "x.toml"


def test_a_spot_names_the_column_of_the_value_or_of_the_key(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('[[a]]\nb = { c = "é", d = 1 }\ne = ["f",\n  "g"]\n')
    file = read_toml(path, tells_columns=True)
    assert file.spot(("a", 0, "b", "d")) == "x.toml, line 2, column 20"
    assert file.spot(("a", 0, "b", "d"), of_key=True) == "x.toml, line 2, column 16"
    assert file.spot(("a", 0, "b", 0, "c")) == "x.toml, line 2, column 11"
    assert file.spot(("a", 0, "e", 1)) == "x.toml, line 4, column 3"
    assert read_toml(path).spot(("a", 0, "b", "d")) == "x.toml, line 2"


@pytest.mark.parametrize(
    ("wrong", "right", "hint"),
    [
        ('"see"', "“see”", 'Text stands in straight quotes: "text".'),
        ('type = "purchase"', "type = loan", 'Text stands in straight quotes: "loan".'),
        ('event_type = "purchase"', "score >= 9", 'A comparison is a text: write score = ">= 9".'),
        ('event_type = "purchase"', "score = > 0.5", 'A comparison is a text: write score = "> 0.5".'),
        ("[[rules]]", "[rules]", "Where several [rules] stand, each has double brackets: [[rules]]."),
        ("is_goal = true", "is_goal = True", "Yes and no are written true and false"),
        ("is_goal = true", "lapse_after = 30d", 'Text stands in straight quotes, durations too: "30d".'),
        ('event_type = "purchase"', 'event_type: "purchase"', "A value follows =, not a colon: event_type = ..."),
        ('"purchase"', '"purchase', "A text ends with the quote that it begins with"),
        ('name = "see"', 'name = "Loan Asked"', "Write for example 'loan_asked'."),
    ],
)
def test_a_common_slip_in_toml_is_told_with_what_to_write_instead(
    tmp_path: Path, wrong: str, right: str, hint: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        stage_model(tmp_path, STEPS.replace(wrong, right))
    assert hint in caught.value.hint


def test_a_name_that_cannot_be_and_a_single_bracket_are_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        stage_model(tmp_path, STEPS.replace('"see"', '"See"', 1))
    told = "stages.toml, line 4, column 8: stages.name: 'See' cannot be a name: small letters, digits and _, beginning with a letter."
    assert caught.value.message == told
    alone = STEPS.partition("[[rules]]")[0] + '[rules]\nstage = "see"\nevent_type = "page_view"\n'
    with pytest.raises(ConfigurationError) as caught:
        stage_model(tmp_path, alone)
    assert caught.value.message.endswith("rules: it stands in single brackets.")
    assert caught.value.hint == "Write [[rules]], once for each."
