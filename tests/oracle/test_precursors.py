"""Risks before and after a landmark equal those that are counted customer by customer."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.precursors import precursors
from journey_analytics.errors import UsageError

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = st.integers(0, 12)
SUBJECTS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 15), st.none() | st.integers(0, 14), st.booleans()), max_size=12
)
EVENTS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from("abc"), DAYS), max_size=15)
LANDMARK, HORIZON, UNTIL = 3, 4, 15


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def found(
    subjects: list[tuple[int, int, int | None, bool]], events: list[tuple[int, str, int]], lag: int = 0
) -> pl.DataFrame:
    rows = [
        (who, day(start), None if length is None else day(start + length), dropped and length is not None)
        for who, start, length, dropped in subjects
    ]
    schema = {
        "customer_id": pl.Int64, "started_at": pl.Datetime("us", "UTC"), "ended_at": pl.Datetime("us", "UTC"), "is_dropped": pl.Boolean,
    }  # fmt: skip
    log = pl.DataFrame(
        [(who, name, day(at)) for who, name, at in events],
        schema={"customer_id": pl.Int64, "event_type": pl.String, "occurred_at": pl.Datetime("us", "UTC")},
        orient="row",
    )
    return precursors(
        pl.DataFrame(rows, schema=schema, orient="row"), log, landmark=timedelta(days=LANDMARK),
        horizon=timedelta(days=HORIZON), until=day(UNTIL), lag=timedelta(days=lag),
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(SUBJECTS, EVENTS, st.integers(0, 2))
def test_counts_are_those_of_looking_at_each_subject(
    subjects: list[tuple[int, int, int | None, bool]], events: list[tuple[int, str, int]], lag: int
) -> None:
    reached = [one for one in subjects if one[1] + LANDMARK <= UNTIL]
    there = [one for one in reached if one[2] is None or one[2] > LANDMARK]
    judged = [one for one in there if one[1] + LANDMARK + HORIZON <= UNTIL]
    expected: dict[str, tuple[int, int, int, int, int]] = {}
    for name in "abc":
        counts = [0, 0, 0, 0]
        for who, start, length, dropped in judged:
            had = any(
                other == who and kind == name and start <= at <= start + LANDMARK - lag for other, kind, at in events
            )
            left = dropped and length is not None and length <= LANDMARK + HORIZON
            counts[0 if had else 2] += 1
            counts[1 if had else 3] += left
        if counts[0]:
            expected[name] = (counts[0], counts[1], counts[2], counts[3], len(there) - len(judged))
    told = found(subjects, events, lag).select(
        "event", "exposed_count", "exposed_dropped_count", "other_count", "other_dropped_count", "open_count"
    )
    assert {row[0]: row[1:] for row in told.iter_rows()} == expected


def test_the_risk_ratio_and_its_interval_are_those_worked_out_by_hand() -> None:
    """104 of 1,000 and 12 of 500: 13/3, and exp(ln(13/3) - and + 1.96 sqrt(1/104 - 1/1000 + 1/12 - 1/500))."""
    subjects = [(who, 0, 5 if who < 104 or 1000 <= who < 1012 else None, True) for who in range(1500)]
    table = found(subjects, [(who, "a", 1) for who in range(1000)]).row(0, named=True)
    assert table["risk_ratio"] == pytest.approx((104 / 1000) / (12 / 500))
    assert table["difference"] == pytest.approx(0.104 - 0.024)
    assert (round(table["ratio_low"], 3), round(table["ratio_high"], 3)) == (2.407, 7.8)
    assert table["q_value"] < 1e-6
    assert table["excess_count"] == pytest.approx(80)


def test_times_with_and_without_a_zone_do_not_fit_and_that_is_told() -> None:
    log = pl.DataFrame({"customer_id": [1], "event_type": ["a"], "occurred_at": [day(0).replace(tzinfo=None)]})
    subjects = {"customer_id": [1], "started_at": [day(0)], "ended_at": [day(1)], "is_dropped": [True]}
    spans = {"landmark": timedelta(hours=1), "horizon": timedelta(days=1)}
    with pytest.raises(UsageError, match="do not fit"):
        precursors(pl.DataFrame(subjects), log, until=day(9), **spans)


def test_a_negative_time_is_told() -> None:
    with pytest.raises(UsageError, match="negative"):
        found([], [], lag=-1)
