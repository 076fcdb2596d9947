import json
from dataclasses import replace
from pathlib import Path

import pytest

from journey_analytics.analysis.hidden_stages.stage_fit import StageFit
from journey_analytics.config import Project
from journey_analytics.errors import ConfigurationError
from journey_analytics.steps import fingerprints
from journey_analytics.steps.build import stage_models
from journey_analytics.steps.stage_fits import JudgedFit, fit_rows, fit_warnings, judged_fits
from tests.hidden_worlds import INFERRED, LOG, MODEL, fitted
from tests.projects import make_project, put


@pytest.fixture(scope="module")
def fit() -> StageFit:
    return fitted()


@pytest.fixture
def project(tmp_path: Path, fit: StageFit) -> Project:
    """A project with a fit that may be shown."""
    made = make_project(tmp_path, INFERRED, LOG)
    put(made, "five.toml", MODEL)
    store(made, fit)
    return made


def store(project: Project, fit: StageFit) -> None:
    made_of = fingerprints.of_stage_fit(project.settings, stage_models(project)[0])
    put(project, "stage_fits/five.json", replace(fit, made_of=made_of).to_json())


def judged(project: Project) -> JudgedFit:
    """The one fit, as a run that starts now judges it."""
    now = Project(project.folder)
    (found,) = judged_fits(now, stage_models(now))
    return found


def test_a_fit_that_knows_more_than_the_rules_is_applied(project: Project, fit: StageFit) -> None:
    found = judged(project)
    assert (found.status, found.reason, found.advice) == ("applied", fit.why, "")
    assert list(fit_warnings([found])) == []
    row = fit_rows([found]).row(0, named=True)
    assert (row["status"], row["customers_count"], row["gain_low"]) == ("applied", 300, fit.foresight.gain.low)
    assert found.fit
    assert StageFit.from_json(row["fit"]).version == found.fit.version == row["fit_version"]


def test_without_the_setting_nothing_is_looked_at(project: Project) -> None:
    put(project, "journey.toml", INFERRED.replace('inferred = ["five"]', "") + LOG)
    put(project, "stage_fits/five.json", "whatever")
    now = Project(project.folder)
    assert judged_fits(now, stage_models(now)) == []
    assert fit_rows([]).is_empty()


@pytest.mark.parametrize(
    ("file", "was", "now", "told"),
    [
        ("five.toml", '"search"', '"look_up"', "other stages and rules"),
        ("five.toml", '"advocacy"', '"praise"', "other stages and rules"),
        ("journey.toml", "[stages]", '[sessions]\ntimeout = "1h"\n[stages]', "other [sessions]"),
        ("journey.toml", "[stages]", "[events]\nemail_opens_are_interactions = true\n[stages]", "other [events]"),
    ],
)
def test_a_fit_is_stale_once_what_it_is_made_of_changes(
    project: Project, file: str, was: str, now: str, told: str
) -> None:
    put(project, file, (project.folder / file).read_text().replace(was, now))
    found = judged(project)
    assert found.status == "stale"
    (warning,) = fit_warnings([found])
    assert f"It was fitted with {told}. " in warning
    assert warning.endswith("Fit anew: journey fit --model five")
    row = fit_rows([found]).row(0, named=True)
    assert row["fit"] is None
    assert row["fit_version"]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('name = "five"\n', 'name = "five"\ntitle = "Five stages"\n'),
        ('[[stages]]\nname = "advocacy"', '[[stages]]\nis_goal = true\nname = "advocacy"'),
        ('[[rules]]\nstage = "advocacy"', '[[rules]]\nid = "praise"\nstage = "advocacy"'),
    ],
)
def test_titles_goals_and_names_of_rules_make_no_fit_stale(project: Project, was: str, now: str) -> None:
    assert was in MODEL
    put(project, "five.toml", MODEL.replace(was, now))
    assert judged(project).status == "applied"


def test_a_fit_of_another_version_of_the_software_may_have_read_the_rules_otherwise(
    project: Project, fit: StageFit
) -> None:
    put(project, "stage_fits/five.json", replace(fit, software="0.0.1").to_json())
    assert judged(project).reason.endswith("or by what version 0.0.1 of the software took them for.")


def test_a_fit_that_knows_no_more_than_the_rules_is_not_shown(project: Project, fit: StageFit) -> None:
    store(project, replace(fit, keeps_names=False))
    found = judged(project)
    assert found.status == "not_shown"
    (warning,) = fit_warnings([found])
    assert warning.startswith("five: no stages are inferred. Not shown: ")
    assert "journey fit --model five --replace" in warning
    assert fit_rows([found])["fit"].to_list() == [None]


def test_a_missing_fit_is_told_with_its_file(project: Project) -> None:
    (project.folder / "stage_fits/five.json").unlink()
    found = judged(project)
    assert (found.status, found.reason) == ("missing", "There is no fit (stage_fits/five.json).")
    assert found.advice == "Make one: journey fit --model five"
    assert fit_rows([found]).row(0, named=True)["fit_version"] is None


def test_a_fit_of_an_older_format_is_stale_and_stops_no_night(project: Project) -> None:
    put(project, "stage_fits/five.json", '{"format": 1}')
    found = judged(project)
    assert found.status == "stale"
    assert "another format" in found.reason


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "stage_fits/five.json: this is no stage fit: it is not valid JSON"),
        ("{}", "stage_fits/five.json: this is no stage fit: format: "),
        (b"\xff", "stage_fits/five.json is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_fit_is_a_mistake_with_its_name(project: Project, content: str | bytes, told: str) -> None:
    put(project, "stage_fits/five.json", content)
    with pytest.raises(ConfigurationError, match=told) as caught:
        judged(project)
    assert "journey fit --model five --replace" in caught.value.hint


def test_a_fit_changed_by_hand_is_a_mistake_with_its_key(project: Project) -> None:
    path = project.folder / "stage_fits/five.json"
    told = json.loads(path.read_text())
    told["foresight"]["gain"]["low"] = 9.0
    put(project, "stage_fits/five.json", json.dumps(told))
    with pytest.raises(ConfigurationError, match=r"stage_fits/five.json: version: .* was changed after it was stored"):
        judged(project)


def test_the_fit_of_another_model_is_a_mistake(project: Project) -> None:
    text = MODEL.replace('name = "five"', 'name = "six"')
    put(project, "five.toml", text)
    put(project, "journey.toml", INFERRED.replace('["five"]', '["six"]') + LOG)
    (project.folder / "stage_fits/five.json").rename(project.folder / "stage_fits/six.json")
    with pytest.raises(ConfigurationError, match=r"six\.json: stage_model: this is a fit of 'five', not of 'six'"):
        judged(project)


def test_a_model_that_does_not_run_is_a_mistake_with_its_line(project: Project) -> None:
    put(project, "journey.toml", INFERRED.replace('["five"]', '["fife"]') + LOG)
    with pytest.raises(ConfigurationError, match=r"journey.toml, line 3: .* the name 'fife'") as caught:
        judged(project)
    assert caught.value.hint == "Did you mean 'five'?"
