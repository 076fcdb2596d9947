"""Limits of silence that are learned: in use from the day on which a person says so, and never moved by a night."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from journey_analytics.config import Project
from journey_analytics.errors import UsageError
from journey_analytics.stage_model import read_lapse_versions
from journey_analytics.steps.learned_limits import learn_limits
from journey_analytics.steps.plan import plan
from tests.projects import JOURNEYS, SEGMENT, contents, copied, everything, make_project, message, night, put, rows_of

START = datetime(2025, 9, 1, tzinfo=UTC)
AUTO = '[journeys]\nlapse_after = "auto"\nreturn_horizon = "60d"\n'
LIMITS = "from ops.lapse_thresholds order by stage_model, stage_index"
OUTCOMES = "select outcome, count(*) as n from marts.journey_outcomes group by all order by all"


def visits(pace_days: float, first_day: float, last_day: float, prefix: str, customers: int = 150) -> str:
    """Page views of customers with exponential gaps, each of which is the last with a probability of a tenth."""
    random = Random(f"{prefix}{pace_days}")
    lines: list[str] = []
    for number in range(customers):
        day = random.uniform(first_day, last_day - 30)
        while day < last_day:
            at = f"{START + timedelta(days=day):%Y-%m-%dT%H:%M:%S.%fZ}"
            lines.append(message(len(lines), at, anonymousId=f"{prefix}{number}", messageId=f"{prefix}-{len(lines)}"))
            if random.random() < 0.1:
                break
            day += random.expovariate(1 / pace_days)
    return "\n".join(lines)


QUICK, SLOW = visits(2, 0, 300, "quick"), visits(25, 200, 420, "slow", customers=500)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_project(tmp_path / "nightly", SEGMENT, head=AUTO)
    put(made, "web/a.ndjson", QUICK)
    return made


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same project after its first night; never changed."""
    made = make_project(tmp_path_factory.mktemp("after a night"), SEGMENT, head=AUTO)
    put(made, "web/a.ndjson", QUICK)
    night(made, "one")
    return made


@pytest.fixture(scope="module")
def with_learned_limits(after_a_night: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same after limits were learned, and a second night that uses them; never changed."""
    made = copied(after_a_night, tmp_path_factory.mktemp("with learned limits"))
    learn_limits(made)
    night(made, "two")
    return made


def limit_of(project: Project, stage: str = "awareness") -> dict[str, object]:
    rows = rows_of(project.published_database, LIMITS).rows(named=True)
    return next(row for row in rows if row["stage"] == stage)


def test_until_a_limit_is_learned_it_is_30_days_and_every_night_says_so(project: Project) -> None:
    for run in ("one", "two"):
        warned = [text for text in night(project, run).built.warnings if "auto" in text]
        assert len(warned) == 1
        assert "has been learned for all stages: 30d until then. Learn with: journey lapse learn" in warned[0]
    row = limit_of(project)
    assert (row["lapse_after_seconds"], row["origin"], row["version"]) == (30 * 86_400, "default", None)
    assert not project.lapse_thresholds.exists()


def test_what_is_learned_is_in_use_from_the_next_run_on(after_a_night: Project, tmp_path: Path) -> None:
    project = copied(after_a_night, tmp_path)
    before = limit_of(project)
    found = learn_limits(project)
    assert (found.is_new, found.is_in_use, found.version.version) == (True, True, 1)
    assert limit_of(project) == before
    told = plan(Project(project.folder))
    assert (told.changed, told.is_whole) == (["learned limits"], True)
    built = night(project, "two").built
    row = limit_of(project)
    learned = found.version.thresholds[0]
    assert (learned.stage, row["origin"], row["version"]) == ("awareness", "learned", 1)
    assert row["lapse_after_seconds"] == learned.lapse_after.total_seconds()
    assert row["learned_until"] == found.version.learned_until
    assert 4 * 86_400 < learned.lapse_after.total_seconds() < 20 * 86_400
    assert learned.lapse_after.total_seconds() % 86_400 == 0
    assert ["lifecycle.acquisition" in text for text in built.warnings if "auto" in text] == [True]
    assert limit_of(project, "acquisition")["origin"] == "default"


def test_the_same_limits_are_no_new_version(with_learned_limits: Project, tmp_path: Path) -> None:
    project = copied(with_learned_limits, tmp_path)
    text = project.lapse_thresholds.read_text()
    again = learn_limits(project)
    assert (again.is_new, again.version.version) == (False, 1)
    assert project.lapse_thresholds.read_text() == text


def test_no_night_moves_a_limit_but_it_says_when_one_has_drifted(with_learned_limits: Project, tmp_path: Path) -> None:
    project = copied(with_learned_limits, tmp_path)
    text, row = project.lapse_thresholds.read_text(), limit_of(project)
    put(project, "web/b.ndjson", SLOW)
    checks = {result.name: result for result in night(project, "three").checks}
    assert project.lapse_thresholds.read_text() == text
    now = limit_of(project)
    assert now["lapse_after_seconds"] == row["lapse_after_seconds"]
    assert now["present_seconds"] > 2 * now["lapse_after_seconds"]
    assert now["has_drifted"]
    warned = checks["checks.learned_limits_hold"]
    assert (warned.failing_count, warned.severity) == (1, "warning")
    learn_limits(project)
    assert [one.version for one in read_lapse_versions(project.lapse_thresholds)] == [1, 2]
    checks = {result.name: result for result in night(project, "four").checks}
    assert checks["checks.learned_limits_hold"].failing_count == 0
    assert limit_of(project)["version"] == 2


def test_nights_with_learning_between_them_give_the_tables_of_one_rebuild(
    with_learned_limits: Project, tmp_path: Path
) -> None:
    project = copied(with_learned_limits, tmp_path / "nightly")
    put(project, "web/b.ndjson", SLOW)
    assert night(project, "three").built.recomputed_count < 650
    at_once = make_project(tmp_path / "at_once", SEGMENT, head=AUTO)
    put(at_once, "web/a.ndjson", QUICK)
    put(at_once, "web/b.ndjson", SLOW)
    put(at_once, "lapse_thresholds.toml", project.lapse_thresholds.read_text())
    put(at_once, "customer.key", project.customer_key.read_bytes())
    night(at_once, "once")
    found, expected = everything(project), everything(at_once)
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []
    tables = ["ops.lapse_thresholds"]
    assert contents(project.published_database, tables) == contents(at_once.published_database, tables)


def test_to_go_back_the_newest_version_is_taken_out_and_a_set_limit_needs_none(
    after_a_night: Project, with_learned_limits: Project, tmp_path: Path
) -> None:
    before, project = after_a_night, copied(with_learned_limits, tmp_path)
    by_default = contents(before.state_database, JOURNEYS), rows_of(before.published_database, OUTCOMES).rows()
    assert rows_of(project.published_database, OUTCOMES).rows() != by_default[1]
    project.lapse_thresholds.unlink()
    night(project, "three")
    assert (
        contents(project.state_database, JOURNEYS), rows_of(project.published_database, OUTCOMES).rows()
    ) == by_default  # fmt: skip
    learn_limits(project)
    make_project(project.folder, SEGMENT, head=AUTO.replace('"auto"', '"30d"'))
    night(project, "four")
    assert limit_of(project)["origin"] == "setting"
    assert rows_of(project.published_database, OUTCOMES).rows() == by_default[1]
    assert learn_limits(Project(project.folder)).is_in_use is False


def test_a_customer_who_is_silent_for_longer_is_likelier_gone(project: Project) -> None:
    put(project, "web/b.ndjson", SLOW)
    night(project, "one")
    rows = rows_of(
        project.published_database,
        """
        select silent.*, outcomes.outcome, outcomes.is_lapsed
        from marts.silent_customers as silent
        inner join marts.journey_outcomes as outcomes using (stage_model, journey_id)
        order by silent_seconds
        """,
    )
    assert rows.height > 20
    assert not rows["is_lapsed"].any()
    assert rows["gone_probability"].is_sorted()
    assert rows["gone_probability"][0] < 0.3 < rows["gone_probability"][-1]


def test_mistakes_say_what_to_do(project: Project, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        learn_limits(project)
    assert "journey run" in caught.value.hint
    night(project, "one")
    make_project(project.folder, SEGMENT, head=AUTO.replace("60d", "50d"))
    with pytest.raises(UsageError, match="has changed since the last run"):
        learn_limits(Project(project.folder))
    few = make_project(tmp_path / "few", SEGMENT, head=AUTO)
    put(few, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z"))
    night(few)
    with pytest.raises(UsageError, match="too few silences are known to learn a limit for any stage") as caught:
        learn_limits(few)
    assert "shorten return_horizon" in caught.value.hint
