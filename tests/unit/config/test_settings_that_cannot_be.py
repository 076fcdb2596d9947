from pathlib import Path

import polars as pl
import pytest

from journey_analytics.config import Project
from journey_analytics.config.setting_values import time_zones
from journey_analytics.errors import ConfigurationError, StorageFailure
from journey_analytics.stage_model import read_stage_model
from journey_analytics.steps.build import stage_models
from journey_analytics.steps.configured_sources import configured_sources
from tests.projects import ORDERS, SEGMENT, load, make_project, put, state

ADS = '[[sources]]\nname = "ads"\ntype = "google_ads"\nfiles = ["ads/*"]\n'
SURVEYS = '[[sources]]\nname = "nps"\ntype = "surveys"\nfiles = ["nps/*"]\n'
MODEL = 'name = "m"\n[[stages]]\nname = "one"\n'
RULE = '[[rules]]\nstage = "one"\nchannel = "web"\n'


def project(folder: Path, text: str) -> Project:
    (folder / "journey.toml").write_text(text)
    return Project(folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *(
            (f'[project]\ntime_zone = "{zone}"\n', f"line 2: project.time_zone: '{zone}' is not a time zone")
            for zone in ("localtime", "posix/Europe/Prague", "Factory", "")
        ),
        (ADS + 'time_zone = "localtime"\n', "line 5: sources.time_zone: 'localtime' is not a time zone"),
        (SURVEYS + 'time_zone = "Factory"\n', "line 5: sources.time_zone: 'Factory' is not a time zone"),
        (ORDERS.replace('"UTC"', '"localtime"'), "'localtime' is not a time zone"),
        *(
            (f'[journeys]\nlapse_after = "{text}"\n', f"line 2: journeys.lapse_after: '{text}' cannot be; a duration")
            for text in ("99999999999999999d", "900000000d", "36501d", "0d")
        ),
        ('[journeys]\nlapse_after = "' + "9" * 5000 + 'd"\n', "is not a duration"),
        ('[sessions]\ntimeout = "900000000d"\n', "line 2: sessions.timeout: '900000000d' cannot be; a duration is longer than 0"),
        ('[sessions]\nmax_duration = "0s"\n', "line 2: sessions.max_duration: '0s' cannot be; a duration"),
        ('[journeys]\nlapse_after = "10m"\n', "line 2: journeys.lapse_after: journeys.lapse_after must not be shorter"),
        ('[sessions]\ntimeout = "31d"\n', "line 2: sessions.timeout: journeys.lapse_after must not be shorter"),
        (SEGMENT * 2, "journey.toml, line 5: sources: two [[sources]] have the name 'web'; names must differ."),
        (
            '[stages]\nmodels = ["lifecycle",\n  "lifecycle"]\n',
            "journey.toml, line 3: stages.models: two stage models have the name 'lifecycle'",
        ),
        (ORDERS.replace('key = ["order"]', "key = []"), "line 7: sources.key: name at least one column"),
        *(
            (ORDERS.replace('zone = "UTC"', f'zone = "UTC", format = "{fmt}"'), f"times cannot be read by '{fmt}'")
            for fmt in ("%Y-%m-%d %H", "%H:%M", "%Q", "%", "")
        ),
        (SURVEYS + 'time_formats = ["%Y-%m-%d", "%d.%m.%Y %H"]\n', "line 5: sources.time_formats: times cannot be"),
        *(
            (f'[paths]\n{key} = "a\\u0000b"\n', f"line 2: paths.{key}: a path has no NUL character")
            for key in ("state", "warehouse", "reports", "customer_key")
        ),
        (SEGMENT.replace("web/*", "a\\u0000b"), "line 4: sources.files: a path has no NUL character"),
        (f"a = {'[' * 5000}{']' * 5000}", "journey.toml: values nest too deeply."),
        *(
            (f'[schedule]\ncron = "{cron}"\n', f"line 2: schedule.cron: '{cron}' is not a cron schedule")
            for cron in ("", "nightly", "10 2 * *", "61 2 * * *", "0 10 2 * * *", "@daily", "10 2 * * someday")
        ),
        (SEGMENT.replace('"web"', f'"{"w" * 300}"'), "should have at most 60 characters"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configured_sources(project(tmp_path, text))
    assert told in caught.value.message
    assert ": :" not in caught.value.message


@pytest.mark.parametrize("cron", ["10 2 * * *", "*/5 0-6 1,15 * mon-fri", "0 0 * * 7"])
def test_schedules_that_can_be(tmp_path: Path, cron: str) -> None:
    assert make_project(tmp_path, f'[schedule]\ncron = "{cron}"\n').settings.schedule.cron == cron


@pytest.mark.parametrize("fmt", ["%d.%m.%Y", "%Y-%m-%dT%H:%M:%S%#z", "%+", "%s", "%m/%d/%y %I:%M %p", "%F %T%.3f"])
def test_formats_that_can_be(tmp_path: Path, fmt: str) -> None:
    text = ORDERS.replace('zone = "UTC"', f'zone = "UTC", format = "{fmt}"')
    assert len(configured_sources(make_project(tmp_path, text))) == 1


def test_every_time_zone_is_one_that_polars_knows() -> None:
    assert {"UTC", "Europe/Prague"} <= time_zones()
    for zone in time_zones():
        pl.Series([], dtype=pl.Datetime("us", zone))


@pytest.mark.parametrize("zone", ["Factory", "localtime"])
def test_a_click_in_a_zone_that_is_none_is_a_rejected_row(tmp_path: Path, zone: str) -> None:
    ads = make_project(tmp_path, ADS)
    click = '{{"clickView":{{"gclid":"g{0}"}},"segments":{{"date":"2026-03-02"}},"customer":{{"timeZone":"{1}"}}}}'
    put(ads, "ads/a.json", f"[{click.format(1, 'Europe/Prague')},{click.format(2, zone)}]")
    result = load(ads, "ads")
    assert (result.loaded_count, result.rejected_count, result.failures) == (1, 1, [])
    assert state(ads, "select reason from ops.rejected_rows").item() == f"unknown time zone '{zone}'"


def test_what_means_missing_may_be_said_twice(tmp_path: Path) -> None:
    orders = make_project(tmp_path, ORDERS.replace('channel = "store"', 'channel = "store"\nmissing = ["", "-", "-"]'))
    put(orders, "shop/a.csv", "order,at,customer,amount\n1,2026-03-02T09:00,u1,-\n")
    assert load(orders, "shop").loaded_count == 1
    assert state(orders, "select value from staging.events").item() is None


def test_a_settings_file_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "journey.toml").mkdir()
    with pytest.raises(StorageFailure, match=r"journey\.toml: Is a directory"):
        _ = Project(tmp_path).settings


def test_two_models_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MODEL.replace('"m"', '"lifecycle"') + RULE)
    models = project(tmp_path, '[stages]\nmodels = [\n  "lifecycle",\n  "mine.toml",\n]\n')
    with pytest.raises(ConfigurationError) as caught:
        stage_models(models)
    assert caught.value.message.startswith("journey.toml, line 4: the stage model 'mine.toml' has the name 'lifecycle'")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MODEL + RULE + "properties = { a = [] }\n", "stages.toml, line 7, column 20: an empty list matches nothing"),
        (
            MODEL + RULE + "event_type = []\n",
            "stages.toml, line 7, column 14: rules.event_type: an empty list matches nothing",
        ),
        (MODEL + RULE + "when = []\n", "stages.toml, line 7, column 8: rules.when: an empty list matches nothing"),
        (MODEL + RULE + "value = true\n", "stages.toml, line 7, column 9: rules.value: true and false are no numbers"),
        (
            MODEL + 'lapse_after = "99999999999999999d"\n' + RULE,
            "line 4, column 15: stages.lapse_after: '99999999999999999d' cannot be",
        ),
        (
            MODEL + 'lapse_after = "0d"\n' + RULE,
            "stages.toml, line 4, column 15: stages.lapse_after: '0d' cannot be; a duration",
        ),
        (
            MODEL.replace('"m"', f'"{"m" * 300}"') + RULE,
            "line 1, column 8: name: String should have at most 60 characters",
        ),
        (
            MODEL + RULE + '[[conversions]]\nchannel = "web"\n' * 2,
            "line 9, column 1: the name 'conversion' stands twice in [[conversions]]",
        ),
    ],
)
def test_stage_models_that_cannot_be(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "stages.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_stage_model(path)
    assert told in caught.value.message
