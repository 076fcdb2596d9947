"""Trend, times, customers and correlation of a funnel: what cannot be asked, and what the ends of a log do."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from journey_analytics.analysis.funnels import (
    Funnel,
    Step,
    funnel_correlation,
    funnel_customers,
    funnel_trend,
    time_to_convert,
)
from journey_analytics.errors import UsageError

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FUNNEL = Funnel(["a", "b"], DAY)


def log(*events: tuple[float, str], customer: str = "ann") -> pl.DataFrame:
    """Events of one customer: days since the start, name."""
    return pl.DataFrame(
        {
            "customer_id": [customer] * len(events),
            "occurred_at": [START + DAY * days for days, _ in events],
            "event_type": [name for _, name in events],
        }
    )


EVENTS = pl.concat(
    [
        log((0, "a"), (0.25, "help"), (0.5, "b")),
        log((0, "a"), (3, "help"), customer="ben"),
        log((9.5, "a"), (9.6, "help"), (10, "x"), customer="cyd"),
    ]
)


def test_a_trend_shows_days_of_nobody_and_who_is_still_open() -> None:
    found = funnel_trend(EVENTS, FUNNEL, every="day")
    assert found["period_start"].to_list() == [date(2026, 1, 5) + DAY * days for days in range(11)]
    counts = found.select("entered_count", "converted_count", "dropped_count", "open_count").rows()
    assert counts[0] == (2, 1, 1, 0)
    assert set(counts[1:10]) == {(0, 0, 0, 0)}
    assert counts[10] == (1, 0, 0, 1)
    assert found["rate"].to_list() == [0.5, *[None] * 10]


def test_times_are_counted_in_whole_seconds() -> None:
    found = time_to_convert(EVENTS, FUNNEL)
    assert found.rows() == [(43200.0, 43201.0, 1), (43201.0, 43202.0, 0)]
    assert time_to_convert(EVENTS, Funnel(["b", "a"], DAY)).height == 0


def test_customers_are_listed_with_how_far_they_got() -> None:
    found = funnel_customers(EVENTS, FUNNEL)
    assert found.select("customer_id", "furthest_step", "is_open").rows() == [
        ("ann", 2, False),
        ("ben", 1, False),
        ("cyd", 1, True),
    ]


def test_who_is_open_is_no_failure_and_what_comes_after_the_window_is_not_counted() -> None:
    found = funnel_correlation(EVENTS, FUNNEL).row(0, named=True)
    assert (found["item"], found["finished_count"], found["finished_total"]) == ("help", 1, 1)
    assert (found["unfinished_count"], found["unfinished_total"]) == (0, 1)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: funnel_trend(EVENTS, FUNNEL, from_step=2, to_step=1), "no way from step 2 to step 1"),
        (lambda: funnel_trend(EVENTS, FUNNEL, to_step=3), "no way from step 1 to step 3"),
        (lambda: time_to_convert(EVENTS, Funnel(["a", Step("o", optional=True)], DAY), to_step=2), "to step 2"),
        (lambda: time_to_convert(EVENTS, FUNNEL, bins=0), "0 bins"),
        (lambda: funnel_customers(EVENTS, Funnel(["a", "b"], DAY, entry="any")), 'entry="any"'),
        (lambda: funnel_correlation(EVENTS, FUNNEL, by="country"), "no column 'country'"),
        (lambda: funnel_correlation(EVENTS, FUNNEL, by=pl.col("country")), "do not fit"),
    ],
)
def test_what_cannot_be_is_told(ask: Callable[[], pl.DataFrame], told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        ask()
    assert caught.value.hint
