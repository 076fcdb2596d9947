from pathlib import Path

from journey_analytics.toml_files import read_toml


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
