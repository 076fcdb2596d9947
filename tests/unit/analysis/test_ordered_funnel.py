from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from journey_analytics.analysis.ordered_funnel import ordered_funnel
from journey_analytics.errors import UsageError

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def log(*events: tuple[float, str], customer: str = "ann") -> pl.DataFrame:
    """Events of one customer: hours since the start, name."""
    return pl.DataFrame(
        {
            "customer_id": [customer] * len(events),
            "occurred_at": [START + HOUR * hours for hours, _ in events],
            "event_type": [name for _, name in events],
        }
    )


def level(events: pl.DataFrame, steps: str, window: timedelta = 10 * HOUR) -> int:
    return ordered_funnel(events, list(steps), window)["reached_count"].sum()


def test_the_window_includes_its_end() -> None:
    assert level(log((0, "a"), (10, "b")), "ab") == 2
    assert level(log((0, "a"), (10.0001, "b")), "ab") == 1


def test_the_window_counts_from_the_first_step_not_from_the_one_before() -> None:
    assert level(log((0, "a"), (8, "b"), (16, "c")), "abc") == 2


def test_other_events_may_lie_between() -> None:
    assert level(log((0, "a"), (1, "x"), (2, "c"), (3, "b"), (4, "a"), (5, "c")), "abc") == 3


def test_a_later_attempt_counts_when_the_first_runs_out_of_time() -> None:
    assert level(log((0, "a"), (9, "a"), (11, "b"), (12, "c")), "abc") == 3


def test_an_earlier_attempt_goes_on_after_a_new_start() -> None:
    assert level(log((0, "a"), (1, "b"), (5, "a"), (10, "c")), "abc") == 3


def test_an_attempt_in_the_wrong_order_reaches_the_first_step_only() -> None:
    assert level(log((0, "b"), (1, "a")), "ab") == 1


def test_events_of_the_same_time_count_in_whatever_order_helps() -> None:
    assert level(log((0, "c"), (0, "b"), (0, "a")), "abc") == 3
    assert level(log((0, "a"), (1, "b"), (1, "a")), "aab", timedelta(0)) == 1


def test_a_step_that_stands_twice_needs_two_events() -> None:
    assert level(log((0, "a")), "aa") == 1
    assert level(log((0, "a"), (0, "a")), "aa") == 2
    assert level(log((0, "a"), (0, "b")), "aba") == 2
    assert level(log((0, "a"), (1, "b"), (1, "a")), "aba") == 3


def test_customers_do_not_help_each_other() -> None:
    found = ordered_funnel(pl.concat([log((0, "a")), log((1, "b"), customer="ben")]), ["a", "b"], 10 * HOUR)
    assert found["reached_count"].to_list() == [1, 0]


def test_times_are_of_the_attempt_that_gets_there_first_and_starts_last() -> None:
    found = ordered_funnel(log((0, "a"), (1, "a"), (3, "b"), (4, "b"), (7, "c"), (8, "c")), ["a", "b", "c"], 10 * HOUR)
    assert found["median_seconds_from_previous"].to_list() == [None, 7200.0, 14400.0]


def test_quantiles_are_over_those_who_came() -> None:
    customers = [log((0, "a"), (hours, "b"), customer=f"c{hours}") for hours in (1, 2, 3, 9, 11)]
    found = ordered_funnel(pl.concat(customers), ["a", "b"], 10 * HOUR).row(1, named=True)
    assert found["reached_count"] == 4
    assert found["median_seconds_from_previous"] == 2.5 * 3600
    assert found["p90_seconds_from_previous"] == pytest.approx(7.2 * 3600)


def test_nobody_comes_from_no_events() -> None:
    assert ordered_funnel(log((0, "a")).clear(), ["a", "b"], HOUR).rows() == [
        (1, "a", 0, None, None),
        (2, "b", 0, None, None),
    ]


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["a", "b", "x"])])
def test_names_may_be_categories_of_which_some_are_no_steps(kind: pl.DataType) -> None:
    events = log((0, "x"), (1, "a"), (2, "b")).cast({"event_type": kind})
    assert ordered_funnel(events, ["a", "b", "c"], HOUR)["reached_count"].to_list() == [1, 1, 0]


@pytest.mark.parametrize("kind", [pl.Datetime("ms"), pl.Datetime("ns", "Europe/Prague"), pl.Date])
def test_time_may_have_any_unit_and_zone(kind: pl.DataType) -> None:
    events = log((0, "a"), (24, "b")).cast({"occurred_at": kind})
    assert level(events, "ab", 24 * HOUR) == 2
    assert level(events, "ab", 23 * HOUR) == 1


def test_time_is_elapsed_also_when_clocks_change() -> None:
    events = log((0, "a"), (1, "b")).with_columns(pl.col("occurred_at") + pl.duration(days=87))
    local = events.with_columns(pl.col("occurred_at").dt.convert_time_zone("Europe/Prague"))
    assert local["occurred_at"].dt.hour().to_list() == [1, 3]
    assert level(local, "ab", HOUR) == 2


def test_any_column_may_say_who_when_and_what() -> None:
    events = log((0, "a"), (1, "b")).select(case=pl.lit(7), at="occurred_at", activity="event_type")
    found = ordered_funnel(events.lazy(), ("a", "b"), HOUR, entity="case", time="at", event="activity")
    assert found["reached_count"].to_list() == [1, 1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"steps": []}, "no steps"),
        ({"steps": "ab"}, "no steps"),
        ({"window": -HOUR}, "negative"),
        ({"entity": "customer"}, "no column 'customer'"),
        ({"time": "event_type"}, "type String"),
        ({"event": "occurred_at"}, "type Datetime"),
    ],
)
def test_what_cannot_be_is_told(change: dict[str, object], told: str) -> None:
    arguments: dict[str, object] = {"steps": ["a", "b"], "window": HOUR} | change
    with pytest.raises(UsageError, match=told) as caught:
        ordered_funnel(log((0, "a")), **arguments)  # type: ignore[arg-type]
    assert caught.value.hint
