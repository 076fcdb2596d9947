from datetime import timedelta
from pathlib import Path

import pytest

from journey_analytics.config import Project
from journey_analytics.config.setting_values import parse_duration
from journey_analytics.errors import ConfigurationError
from journey_analytics.steps.configured_sources import configured_source, configured_sources


def project(folder: Path, text: str) -> Project:
    (folder / "journey.toml").write_text(text)
    return Project(folder)


def problem(folder: Path, text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        configured_sources(project(folder, text))
    return caught.value


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    settings = project(tmp_path, "").settings
    assert settings.sessions.timeout == timedelta(minutes=30)
    assert settings.sessions.max_duration == timedelta(hours=24)
    assert settings.journeys.lapse_after == timedelta(days=30)
    assert settings.stages.models == ("lifecycle",)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("24h", 86400), ("30d", 2592000), (" 2 w ", 1209600)]
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["30", "half an hour", "-5m", "1.5h", ""])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def test_off_means_no_limit(tmp_path: Path) -> None:
    assert project(tmp_path, '[sessions]\nmax_duration = "off"').settings.sessions.max_duration is None


def test_an_unknown_key_names_its_line_and_the_nearest_word(tmp_path: Path) -> None:
    error = problem(tmp_path, '[project]\nname = "x"\ntime_zon = "UTC"\n')
    assert error.message == "journey.toml, line 3: unknown key 'time_zon'."
    assert error.hint == "Did you mean 'time_zone'?"
    assert error.exit_code == 2


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    error = problem(tmp_path, '[sessions]\ntimeout = "soon"\n[journeys]\nlapse_after = 30\n[nonsense]\n')
    assert [line.split(":")[0] for line in error.message.splitlines()] == [
        "journey.toml, line 2",
        "journey.toml, line 4",
        "journey.toml, line 5",
    ]


def test_a_time_zone_must_exist(tmp_path: Path) -> None:
    error = problem(tmp_path, '[project]\ntime_zone = "Europe/Prag"')
    assert "line 2" in error.message
    assert "'Europe/Prag' is not a time zone" in error.message


def test_the_lapse_limit_is_not_shorter_than_a_session(tmp_path: Path) -> None:
    assert "must not be shorter" in problem(tmp_path, '[journeys]\nlapse_after = "10m"').message


def test_two_sources_of_one_name(tmp_path: Path) -> None:
    block = '[[sources]]\nname = "web"\ntype = "segment"\nfiles = ["x"]\n'
    assert "the name 'web'" in problem(tmp_path, block * 2).message


def test_an_unknown_source_type(tmp_path: Path) -> None:
    error = problem(tmp_path, '[[sources]]\nname = "web"\ntype = "segmnt"\nfiles = ["x"]\n')
    assert error.message == "journey.toml, line 3: unknown source type 'segmnt'."
    assert error.hint == "Did you mean 'segment'?"


def test_an_unknown_option_of_a_source(tmp_path: Path) -> None:
    text = '[[sources]]\nname = "mail"\ntype = "sendgrid"\nfiles = ["x"]\nuser_field = "id"\n'
    error = problem(tmp_path, text)
    assert error.message == "journey.toml, line 5: unknown key 'user_field'."
    assert error.hint == "Did you mean 'user_id_field'?"


def test_a_source_that_does_not_exist(tmp_path: Path) -> None:
    text = '[[sources]]\nname = "web"\ntype = "segment"\nfiles = ["x"]\n'
    with pytest.raises(Exception, match="there is no source 'wep'"):
        configured_source(project(tmp_path, text), "wep")


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"[project\n", "is not valid TOML"), (b'name = "\xff"', "is not UTF-8 text")],
)
def test_a_file_that_is_no_toml(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "journey.toml").write_bytes(content)
    with pytest.raises(ConfigurationError, match=told):
        _ = Project(tmp_path).settings


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _ = Project(tmp_path).settings
    assert "journey init" in caught.value.hint


def test_absolute_and_relative_patterns_find_files(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.ndjson").touch()
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "b.ndjson").touch()
    text = f'[[sources]]\nname = "web"\ntype = "segment"\nfiles = ["{elsewhere}/*.ndjson", "*.ndjson"]\n'
    source = configured_source(project(tmp_path / "p", text), "web")
    assert [Path(stamp.path).name for stamp in source.listed().stamps] == ["a.ndjson", "b.ndjson"]


def test_settings_of_a_source_change_its_hash(tmp_path: Path) -> None:
    text = '[[sources]]\nname = "mail"\ntype = "sendgrid"\nfiles = ["x"]\n'
    before = configured_source(project(tmp_path, text), "mail").settings_hash
    after = configured_source(project(tmp_path, text + 'user_id_field = "id"\n'), "mail").settings_hash
    other_files = configured_source(project(tmp_path, text.replace('"x"', '"y"')), "mail").settings_hash
    assert before != after
    assert before == other_files
