"""Fitting hidden stages, and nights that apply the fit: through the command line, on a world whose stages are known."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from journey_analytics import open_warehouse
from journey_analytics.analysis.hidden_stages.stage_fit import StageFit
from journey_analytics.cli.main import call
from journey_analytics.config import Project
from tests.hidden_worlds import INFERRED, LOG, MODEL, make_hidden_world, world
from tests.projects import contents, night, put, rows_of

TABLES = ("marts.session_stages", "ops.stage_fits", "journeys.sessions", "journeys.touchpoints")
FIT = "stage_fits/five.json"


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that ran, was fitted, and ran again; read only."""
    project = make_hidden_world(tmp_path_factory.mktemp("hidden"))
    night(project, "first")
    assert call(["-C", str(project.folder), "fit"]) == 0
    night(project, "second", with_report=True)
    return project


@pytest.fixture
def project(fitted: Project, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    shutil.copytree(fitted.folder, tmp_path / "copy")
    return Project(tmp_path / "copy")


def asked(capsys: pytest.CaptureFixture[str], project: Project, *words: str, code: int = 0) -> Any:
    """The document that a command prints."""
    capsys.readouterr()
    assert call(["-C", str(project.folder), "--json", *words]) == code
    return json.loads(capsys.readouterr().out)


def stages_of(project: Project) -> pl.DataFrame:
    return rows_of(project.published_database, "from marts.session_stages")


def test_a_night_gives_every_session_its_likeliest_stage(fitted: Project) -> None:
    found = stages_of(fitted)
    sessions = rows_of(fitted.published_database, "select session_id, started_at, customer_id from journeys.sessions")
    assert sorted(found["session_id"]) == sorted(sessions["session_id"])
    assert (found["is_uncertain"] == (found["probability"] < 0.6)).all()
    version = StageFit.from_json((fitted.folder / FIT).read_text()).version
    assert set(found["fit_version"]) == {version}
    assert set(found["stage_model"]) == {"five"}
    truth = world().touchpoints.select(started_at="occurred_at", true_stage="true_stage")
    both = found.join(sessions, on="session_id").join(truth, on="started_at")
    certain = both.filter(~pl.col("is_uncertain"))
    assert both.height > 2_000
    page = (fitted.reports / "latest/quality.html").read_text()
    assert "Are stages inferred beside the rules?" in page
    assert version in page
    right = (both["likely_stage"] == both["true_stage"]).mean()
    assert (certain["likely_stage"] == certain["true_stage"]).mean() > right > 0.6


def test_the_fit_is_the_one_that_a_notebook_makes_of_the_published_file(fitted: Project) -> None:
    stored = StageFit.from_json((fitted.folder / FIT).read_text())
    warehouse = open_warehouse(fitted.published_database)
    made = warehouse.fit_stages()
    assert (made.why, made.customers_count) == (stored.why, stored.customers_count)
    columns = ["session_id", "likely_stage", "probability", "is_uncertain"]
    published = warehouse.table("marts.session_stages").select(columns).sort("session_id")
    assert warehouse.session_stages(made).select(columns).equals(published)


def test_nights_that_come_one_by_one_give_the_table_of_one_night(fitted: Project, tmp_path: Path) -> None:
    parts = make_hidden_world(tmp_path / "parts")
    put(parts, FIT, (fitted.folder / FIT).read_text())
    log = {number: (parts.folder / f"log/{number}.csv").read_text() for number in range(3)}
    for number in log:
        (parts.folder / f"log/{number}.csv").unlink()
    found: list[pl.DataFrame] = []
    for number in (0, 2, 1):
        put(parts, f"log/{number}.csv", log[number])
        night(parts, f"night {number}")
        found.append(stages_of(parts))
    assert contents(parts.published_database, TABLES) == contents(fitted.published_database, TABLES)
    # What comes later changes no stage that was inferred, but of a session that goes on beyond the first third.
    first, _, last = found
    assert first.height > 500
    assert first.join(last, on=first.columns).height >= first.height - 3
    assert found[1].join(last, on=first.columns).height < found[1].height - 3


def test_fitting_again_gives_the_same_fit_and_writes_nothing(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (project.folder / FIT).read_bytes()
    found = asked(capsys, project, "fit")
    assert (found["is_stored"], found["moved_rate"], found["is_shown"]) == (False, 0.0, True)
    assert found["version"] == found["before"]["version"]
    assert (project.folder / FIT).read_bytes() == before
    assert call(["-C", str(project.folder), "fit"]) == 0
    assert "has this very fit already" in capsys.readouterr().out


def test_a_fit_that_could_be_applied_is_replaced_only_on_purpose(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (project.folder / FIT).read_bytes()
    (project.folder / "log/2.csv").unlink()
    shutil.rmtree(project.folder / "state")
    night(project, "third")
    assert call(["-C", str(project.folder), "fit"]) == 0
    told = capsys.readouterr().out
    assert "of the sessions have another likeliest stage" in told
    assert "stored   nothing: stage_fits/five.json keeps the fit before" in told
    assert (project.folder / FIT).read_bytes() == before
    found = asked(capsys, project, "fit", "--replace")
    assert 0 < found["moved_rate"] < 1
    assert StageFit.from_json((project.folder / FIT).read_text()).version == found["version"]
    night(project, "fourth")
    assert set(stages_of(project)["fit_version"]) == {found["version"]}


def test_a_changed_model_makes_the_fit_stale_until_somebody_fits_anew(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    put(project, "five.toml", MODEL.replace('"ad_click"', '"ad_click", "page_view"'))
    told = "five: no stages are inferred. It was fitted with other stages and rules. Fit anew: journey fit --model five"
    assert told in asked(capsys, project, "plan")["notes"]
    before = (project.folder / FIT).read_bytes()
    assert call(["-C", str(project.folder), "run"]) == 0
    assert told in " ".join(capsys.readouterr().err.split())
    assert stages_of(project).is_empty()
    assert (project.folder / FIT).read_bytes() == before
    status = asked(capsys, project, "status")
    assert [(one["status"], one["advice"]) for one in status["stage_fits"]] == [
        ("stale", "Fit anew: journey fit --model five")
    ]
    assert "It was fitted with other stages and rules" in (project.reports / "latest/quality.html").read_text()
    found = asked(capsys, project, "fit")
    assert (found["is_stored"], found["before"]["status"], found["moved_rate"]) == (True, "stale", None)


def test_a_fit_that_does_not_beat_the_rules_leaves_the_table_empty(
    sample: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sample"
    shutil.copytree(sample.folder, folder, symlinks=True)
    own = Project(folder)
    found = asked(capsys, own, "fit", "--model", "lifecycle")
    assert (found["is_shown"], found["is_stored"], found["is_asked_for"]) == (False, True, False)
    toml = (folder / "journey.toml").read_text()
    put(own, "journey.toml", toml.replace("[stages]\n", '[stages]\ninferred = ["lifecycle"]\n', 1))
    own = Project(folder)
    assert own.settings.stages.inferred == ("lifecycle",)
    done = night(own, "later")
    assert any(warning.startswith("lifecycle: no stages are inferred. Not shown: ") for warning in done.built.warnings)
    assert stages_of(own).is_empty()


def test_a_fit_changed_by_hand_stops_the_night_before_it_writes(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads((project.folder / FIT).read_text())
    told["process"]["drop"][0] = 0.5
    put(project, FIT, json.dumps(told))
    published = project.published_database.read_bytes()
    for verb in ("run", "fit"):
        document = asked(capsys, project, verb, code=2)
        assert document["error"]["code"] == "E-CONFIG"
        assert "stage_fits/five.json: version: " in document["error"]["message"]
    assert project.published_database.read_bytes() == published
    assert asked(capsys, project, "fit", "--replace")["is_stored"]


def test_what_cannot_be_fitted_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = make_hidden_world(tmp_path, INFERRED)
    assert "journey run" in asked(capsys, empty, "fit", code=2)["error"]["hint"]
    for number in range(3):
        put(empty, f"log/{number}.csv", "number,at,who,what\n")
    night(empty)
    assert "no sessions" in asked(capsys, empty, "fit", code=2)["error"]["message"]
    assert "'fife' is no stage model" in asked(capsys, empty, "fit", "--model", "fife", code=2)["error"]["message"]


def test_models_beside_the_main_one_have_fits_of_their_own(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    put(project, "six.toml", MODEL.replace('name = "five"', 'name = "six"'))
    head = '[stages]\nmodels = ["five.toml", "six.toml"]\ninferred = ["six", "five"]\n'
    put(project, "journey.toml", head + LOG)
    assert asked(capsys, project, "fit", "--model", "six")["path"] == "stage_fits/six.json"
    night(Project(project.folder), "third")
    found = stages_of(project)
    five, six = (found.filter(stage_model=name).sort("session_id") for name in ("five", "six"))
    assert five.height == six.height > 2_000
    columns = pl.exclude("stage_model", "fit_version")
    assert five.select(columns).equals(six.select(columns))
