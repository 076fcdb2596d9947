from datetime import UTC, date, datetime

import polars as pl
import pytest

from journey_analytics.analysis.event_log import micros_of
from journey_analytics.analysis.usage.periods import Period, check_period, period_number, period_start
from journey_analytics.errors import UsageError


def starts(every: Period, zone: str, time: datetime) -> list[object]:
    """Start of the period of a time, and of the next one."""
    frame = pl.DataFrame({"at": [micros_of(time)]})
    number = period_number(pl.col("at"), every, zone)
    told = frame.select(
        period_start(number, every, zone).alias("own"), period_start(number + 1, every, zone).alias("next")
    )
    return list(told.row(0))


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("day", [date(2026, 1, 1), date(2026, 1, 2)]),
        ("week", [date(2025, 12, 29), date(2026, 1, 5)]),
        ("month", [date(2026, 1, 1), date(2026, 2, 1)]),
        ("quarter", [date(2026, 1, 1), date(2026, 4, 1)]),
        ("year", [date(2026, 1, 1), date(2027, 1, 1)]),
    ],
)
def test_a_period_is_that_of_the_local_day(every: Period, expected: list[date]) -> None:
    """Half an hour before midnight in UTC it is the new year in Prague already."""
    assert starts(every, "Europe/Prague", datetime(2025, 12, 31, 23, 30, tzinfo=UTC)) == expected


def test_weeks_before_the_epoch_begin_on_monday() -> None:
    assert starts("week", "UTC", datetime(1969, 12, 28, tzinfo=UTC)) == [date(1969, 12, 22), date(1969, 12, 29)]


def test_hours_begin_where_those_of_the_zone_do() -> None:
    first, following = starts("hour", "Asia/Kolkata", datetime(2026, 1, 1, 0, 40, tzinfo=UTC))
    assert first == datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    assert following == datetime(2026, 1, 1, 1, 30, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_two_hours() -> None:
    """Clocks in Prague go back from three to two."""
    times = [datetime(2026, 10, 25, hour, 10, tzinfo=UTC) for hour in (0, 1)]
    found = pl.DataFrame({"at": [micros_of(time) for time in times]}).select(
        start=period_start(period_number(pl.col("at"), "hour", "Europe/Prague"), "hour", "Europe/Prague")
    )
    assert found["start"].dt.hour().to_list() == [2, 2]
    assert found["start"].dt.epoch("s").diff().to_list() == [None, 3600]


@pytest.mark.parametrize(("every", "zone"), [("fortnight", "UTC"), ("day", "Europe/Praha"), ("day", "")])
def test_what_does_not_exist_is_told(every: str, zone: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_period(every, zone)
    assert caught.value.hint
