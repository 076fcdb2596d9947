"""Does the expected range of a source's volume hold on series whose truth is known?"""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from journey_analytics.resources import resource_folder
from journey_analytics.warehouse.connection import opened, registered
from journey_analytics.warehouse.sql_files import read_sql_file

QUERY = read_sql_file(resource_folder("sql") / "ops" / "source_volumes.sql").query
FIRST = date(2026, 1, 5)
WEEK = np.array([1.2, 1.1, 1.0, 1.0, 0.9, 0.5, 0.4])
Counts = npt.NDArray[np.int64]


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def volumes(
    series: dict[str, Counts],
    *,
    newest: dict[str, datetime] | None = None,
    as_of: datetime | None = None,
    p95_seconds: int = 0,
) -> pl.DataFrame:
    """``ops.source_volumes`` of daily counts that begin on ``FIRST``; by default all days are over and delivered."""
    ends = {name: midnight(FIRST + timedelta(days=len(counts))) for name, counts in series.items()}
    newest = {name: end - timedelta(minutes=5) for name, end in ends.items()} | (newest or {})
    days = [
        pl.DataFrame(
            {
                "source": [name] * len(counts),
                "occurred_on": [FIRST + timedelta(days=day) for day in range(len(counts))],
                "events_count": counts,
            }
        )
        for name, counts in series.items()
    ]
    status = {
        "source": list(series),
        "first_occurred_at": [midnight(FIRST)] * len(series),
        "watermark_at": [newest[name] for name in series],
        "arrival_p95_seconds": [p95_seconds] * len(series),
    }
    settings = {"as_of": [as_of or max(ends.values()) + timedelta(hours=2)], "time_zone": ["UTC"]}
    with opened() as connection:
        connection.execute("create schema ops")
        frames = {"days": pl.concat(days), "status": pl.DataFrame(status), "settings": pl.DataFrame(settings)}
        with registered(connection, **frames):
            for table, frame in (("source_days", "days"), ("source_status", "status"), ("settings", "settings")):
                connection.execute(f"create table ops.{table} as from {frame}")
        return connection.sql(QUERY).pl()


def weekly(days: int, mean: float, seed: int, spread: float | None = None, growth: float = 1.0) -> Counts:
    """Poisson counts with a weekly season; negative binomial with a ``spread`` (its size parameter)."""
    generator = np.random.default_rng(seed)
    expected = mean * WEEK[np.arange(days) % 7] * growth ** np.arange(days)
    if spread:
        expected = expected * generator.gamma(spread, 1 / spread, days)
    return generator.poisson(expected).astype(np.int64)


def last(found: pl.DataFrame, period: str = "day") -> dict[str, str]:
    """Verdict of the last complete period of each source."""
    latest = found.filter(pl.col("is_latest") & (pl.col("period") == period))
    return dict(latest.select("source", "verdict").iter_rows())


@pytest.mark.parametrize(
    ("spread", "growth"), [(None, 1.0), (10, 1.0), (3, 1.0), (30, 1.003)], ids=["poisson", "nb10", "nb3", "growing"]
)
@pytest.mark.parametrize("mean", [0.3, 30, 1000])
def test_fewer_than_one_in_a_hundred_source_days_is_a_false_alarm(
    mean: float, spread: float | None, growth: float
) -> None:
    series = {f"s{seed}": weekly(400, mean, seed, spread, growth) for seed in range(20)}
    judged = volumes(series).filter(pl.col("verdict") != "too_little_history")
    shares = judged.group_by("period").agg((pl.col("verdict") != "usual").mean().alias("share"), pl.len())
    assert shares["len"].min() > 6_000
    assert shares["share"].max() < 0.01, shares


@pytest.mark.parametrize(("mean", "spread", "least"), [(15, None, 0.9), (30, 10, 0.9), (100, 3, 0.9), (1000, 3, 0.9)])
def test_a_missing_day_is_seen(mean: float, spread: float | None, least: float) -> None:
    series = {f"s{seed}": weekly(201, mean, seed, spread) for seed in range(30)}
    for counts in series.values():
        counts[-1] = 0
    verdicts = last(volumes(series))
    assert sum(verdict == "low" for verdict in verdicts.values()) / len(verdicts) >= least


def test_a_day_that_came_twice_is_seen() -> None:
    series = {f"s{seed}": weekly(201, 200, seed) for seed in range(30)}
    for counts in series.values():
        counts[-1] *= 2
    assert set(last(volumes(series)).values()) == {"high"}


def test_a_slow_leak_is_seen_in_the_week() -> None:
    series = {f"s{seed}": weekly(210, 100, seed) for seed in range(30)}
    for counts in series.values():
        counts[-7:] = (counts[-7:] * 0.7).astype(np.int64)
    found = volumes(series)
    assert sum(verdict == "low" for verdict in last(found, "week").values()) >= 28
    assert sum(verdict == "low" for verdict in last(found, "day").values()) <= 25


def test_a_silent_source_is_told_for_two_weeks() -> None:
    alive, silent = weekly(230, 100, 1), weekly(230, 100, 2)
    silent[-14:] = 0
    newest = {"silent": midnight(FIRST + timedelta(days=216)) - timedelta(minutes=1)}
    found = volumes({"alive": alive, "silent": silent}, newest=newest)
    days = found.filter((pl.col("source") == "silent") & (pl.col("period") == "day")).sort("ends_on")
    assert days["verdict"].to_list()[-13:] == ["low"] * 13
    assert last(found)["alive"] == "usual"


def test_a_mailing_once_a_month_is_usual_and_a_double_one_is_not() -> None:
    counts = weekly(300, 30, 1)
    counts[29::30] += 2_000
    doubled = counts.copy()
    doubled[-1] += 2_000
    assert last(volumes({"once": counts, "twice": doubled})) == {"once": "usual", "twice": "high"}


def test_ten_weeks_are_needed_for_a_verdict() -> None:
    known = volumes({"s": weekly(120, 100, 1)}).filter(pl.col("period") == "day").sort("ends_on")
    assert known["verdict"].to_list()[:70] == ["too_little_history"] * 70
    assert "too_little_history" not in known["verdict"].to_list()[70:]
    assert known["weeks_count"][70] == 10


def test_a_day_that_is_not_over_is_no_drop() -> None:
    counts = weekly(200, 100, 1)
    counts[-1] = 3
    noon = midnight(FIRST + timedelta(days=199)) + timedelta(hours=12)
    for as_of in (noon, noon + timedelta(days=40)):
        found = volumes({"s": counts}, newest={"s": noon}, as_of=as_of)
        assert found["ends_on"].max() == FIRST + timedelta(days=198)
        assert last(found) == {"s": "usual"}


def test_yesterday_waits_for_a_source_that_delivers_late() -> None:
    """Its newest event is of the day before yesterday; yesterday's come tomorrow, as they always did."""
    counts = weekly(200, 100, 1)
    late = counts.copy()
    late[-1] = 0
    newest = {"late": midnight(FIRST + timedelta(days=199)) - timedelta(minutes=1)}
    found = volumes({"live": counts, "late": late}, newest=newest)
    ends = dict(found.filter("is_latest", pl.col("period") == "day").select("source", "ends_on").iter_rows())
    assert ends == {"live": FIRST + timedelta(days=199), "late": FIRST + timedelta(days=198)}
    assert last(found)["late"] == "usual"
    weekly_exports = volumes({"live": counts, "late": late}, newest=newest, p95_seconds=7 * 86_400)
    assert last(weekly_exports)["late"] == "usual"
