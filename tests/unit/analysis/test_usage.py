"""What cannot be asked of retention, lifecycle and paths, and what they say where there is nothing to say."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from journey_analytics.analysis.paths.path_flows import path_flows, top_paths
from journey_analytics.analysis.paths.paths import Paths
from journey_analytics.analysis.usage.lifecycle import lifecycle
from journey_analytics.analysis.usage.retention import retention
from journey_analytics.errors import UsageError

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def log(*events: tuple[float, str], customer: str = "ann") -> pl.DataFrame:
    """Events of one customer: days since the start, name."""
    return pl.DataFrame(
        {
            "customer_id": [customer] * len(events),
            "occurred_at": [START + DAY * days for days, _ in events],
            "event_type": [name for _, name in events],
        }
    )


ASKED: list[Callable[..., pl.DataFrame]] = [retention, lifecycle, path_flows, top_paths]


@pytest.mark.parametrize("ask", ASKED)
def test_a_missing_column_is_told(ask: Callable[..., pl.DataFrame]) -> None:
    with pytest.raises(UsageError, match="no column 'customer'"):
        ask(log((0, "a")), entity="customer")


@pytest.mark.parametrize("ask", ASKED)
def test_of_no_events_nothing_is_said(ask: Callable[..., pl.DataFrame]) -> None:
    found = ask(log((0, "a")).clear())
    assert sum(found.select(pl.col("^.*_count$").sum()).row(0)) == 0


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: retention(log((0, "a")), cohort="last"), "no cohort 'last'"),
        (lambda: retention(log((0, "a")), periods=0), "over 0 periods"),
        (lambda: retention(log((0, "a")), start=pl.col("page") == "x"), "do not fit"),
        (lambda: lifecycle(log((0, "a")), every="fortnight"), "no period 'fortnight'"),
        (lambda: Paths(steps=0), "0 items"),
        (lambda: Paths(gap=-DAY), "gaps of up to -1 day"),
        (lambda: path_flows(log((0, "a")), top=0), "0 commonest"),
        (lambda: path_flows(log((0, "a")), Paths(session="session_id")), "no column 'session_id'"),
        (lambda: top_paths(log((0, "a")), Paths(item="page")), "no column 'page'"),
    ],
)
def test_what_cannot_be_is_told(ask: Callable[[], Any], told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        ask()
    assert caught.value.hint


def test_a_period_that_is_not_over_is_not_known_yet() -> None:
    found = retention(log((0, "a"), (1, "a"), (3, "a")), every="day", periods=3, before=START + DAY / 4)
    assert found["cohort_start"].to_list() == [date(2026, 1, 5)] * 3
    assert found["returned_count"].to_list() == [1, 0, None]
    assert found["return_rate_high"].to_list()[2] is None


def test_the_end_of_the_log_may_be_told() -> None:
    found = retention(
        log((0, "a"), (1, "a")), every="day", periods=2, before=START + DAY / 4, complete_until=START + 10 * DAY
    )
    assert found["returned_count"].to_list() == [1, 0]


def test_sessions_may_be_given_and_equal_times_ordered() -> None:
    events = log((0, "b"), (0, "a"), (9, "c")).with_columns(session_id=pl.lit("one"), sequence=pl.Series([1, 2, 3]))
    whole = top_paths(events, Paths(session="session_id", order=["sequence"]))
    assert whole["path"].to_list() == [["b", "a", "c"]]
    assert top_paths(events)["path"].to_list() == [["a", "b"], ["c"]]


def test_the_middle_of_a_long_path_between_two_points_is_left_out() -> None:
    events = log(*((place / 1000, name) for place, name in enumerate("xsabcdey")))
    found = top_paths(events, Paths(start="s", end="e", steps=4))
    assert found["path"].to_list() == [["s", "a", "(...)", "d", "e"]]
