from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journey_analytics.config import Project
from journey_analytics.errors import ConfigurationError
from journey_analytics.stage_model import LapseVersion, read_lapse_versions, with_learned_limits, with_version
from tests.worlds import LIFECYCLE, STEPS, model

HOUR = timedelta(hours=1)


def version(number: int, **limits: str) -> LapseVersion:
    thresholds = [
        {"stage_model": "steps", "stage": stage, "lapse_after": limit, "silences_count": 900, "at_risk_count": 60,
         "is_pooled": False}
        for stage, limit in limits.items()
    ]  # fmt: skip
    return LapseVersion.model_validate(
        {
            "version": number, "learned_until": datetime(2026, 10, 31, 20, 48, 4, 456000, tzinfo=UTC),
            "return_horizon": "90d", "most_returning": 0.05, "thresholds": thresholds,
        }
    )  # fmt: skip


def written(path: Path, *versions: LapseVersion) -> Path:
    text = ""
    for one in versions:
        text = with_version(text, one)
    path.write_text(text, encoding="utf-8")
    return path


def problem(folder: Path, text: str) -> str:
    path = folder / "lapse_thresholds.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_lapse_versions(path)
    return caught.value.message


def test_versions_are_read_as_they_were_written_and_comments_stay(tmp_path: Path) -> None:
    one, other = version(1, see="36h", buy="45d"), version(2, see="90m")
    path = written(tmp_path / "lapse_thresholds.toml", one)
    path.write_text(path.read_text() + "# ours\n")
    path.write_text(with_version(path.read_text(), other))
    assert read_lapse_versions(path) == (one, other)
    assert "# ours" in path.read_text()


def test_without_a_file_nothing_has_been_learned(tmp_path: Path) -> None:
    assert read_lapse_versions(tmp_path / "lapse_thresholds.toml") == ()


def test_mistakes_name_the_line(tmp_path: Path) -> None:
    good = written(tmp_path / "good.toml", version(1, see="36h")).read_text()
    assert "line 10: versions.thresholds.lapse_after: 'soon' is not a duration" in problem(
        tmp_path, good.replace("36h", "soon")
    )
    assert "unknown key 'horizon'" in problem(tmp_path, good.replace("return_horizon", "horizon"))
    assert "versions stand in order" in problem(tmp_path, good + good)
    twice = written(tmp_path / "good.toml", version(1, see="36h", buy="2d")).read_text().replace('"buy"', '"see"')
    assert "two thresholds have the name 'steps.see'" in problem(tmp_path, twice)


def test_the_models_own_limit_goes_before_the_learned_one_and_that_before_the_projects(tmp_path: Path) -> None:
    text = STEPS.replace('name = "try"\n', 'name = "try"\nlapse_after = "5d"\n', 1)
    steps = model(tmp_path, text)
    found, other = with_learned_limits([steps, LIFECYCLE], version(1, see="36h", **{"try": "9d"}, gone="1d"), HOUR)
    assert [stage.limit(30 * 24 * HOUR) / HOUR for stage in found.stages] == [36, 120, 720]
    assert other == LIFECYCLE


def test_no_learned_limit_is_shorter_than_a_session(tmp_path: Path) -> None:
    (found,) = with_learned_limits([model(tmp_path, STEPS)], version(1, see="10m"), HOUR)
    assert found.stages[0].learned_lapse_after == HOUR


def test_auto_is_a_limit_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "journey.toml").write_text('[journeys]\nlapse_after = "auto"\n[sessions]\ntimeout = "2h"\n')
    journeys = Project(tmp_path).settings.journeys
    assert (journeys.is_learned, journeys.default_limit) == (True, timedelta(days=30))
    assert Project(tmp_path).lapse_thresholds == tmp_path / "lapse_thresholds.toml"
    (tmp_path / "journey.toml").write_text('[journeys]\nlapse_after = "automatic"\n')
    with pytest.raises(ConfigurationError, match=r"line 2.*'automatic' is not a duration"):
        _ = Project(tmp_path).settings
