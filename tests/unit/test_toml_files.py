from pathlib import Path

from journey_analytics.toml_files import read_toml


def test_every_key_knows_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(
        'a = 1\n[project]\nname = "x"\n"quoted key" = { b = 1, c.d = 2 }\n[[sources]]\nname = "w"\n[sources.fields.x]\n'
        "time = 1\n[[sources]]\nlist = [1,\n  { q = 3 }]\n[[sources]]\n"
    )
    lines = read_toml(path).lines
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
