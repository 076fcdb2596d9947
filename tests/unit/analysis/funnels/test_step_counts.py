from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from journey_analytics.analysis.funnels import Exclusion, Funnel, Step, funnel_steps
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
    return funnel_steps(events, Funnel(list(steps), window))["reached_count"].sum()


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
    found = funnel_steps(pl.concat([log((0, "a")), log((1, "b"), customer="ben")]), Funnel(["a", "b"], 10 * HOUR))
    assert found["reached_count"].to_list() == [1, 0]


def test_times_are_of_the_attempt_that_gets_there_first_and_starts_last() -> None:
    found = funnel_steps(
        log((0, "a"), (1, "a"), (3, "b"), (4, "b"), (7, "c"), (8, "c")), Funnel(["a", "b", "c"], 10 * HOUR)
    )
    assert found["median_seconds_from_previous"].to_list() == [None, 7200.0, 14400.0]


def test_quantiles_are_over_those_who_came() -> None:
    customers = [log((0, "a"), (hours, "b"), customer=f"c{hours}") for hours in (1, 2, 3, 9, 11)]
    found = funnel_steps(pl.concat(customers), Funnel(["a", "b"], 10 * HOUR)).row(1, named=True)
    assert found["reached_count"] == 4
    assert found["median_seconds_from_previous"] == 2.5 * 3600
    assert found["p90_seconds_from_previous"] == pytest.approx(7.2 * 3600)


def test_nobody_comes_from_no_events() -> None:
    found = funnel_steps(log((0, "a")).clear(), Funnel(["a", "b"], HOUR))
    assert found.select("step_index", "step_name", "reached_count", "rate_from_first").rows() == [
        (1, "a", 0, None),
        (2, "b", 0, None),
    ]


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["a", "b", "x"])])
def test_names_may_be_categories_of_which_some_are_no_steps(kind: pl.DataType) -> None:
    events = log((0, "x"), (1, "a"), (2, "b")).cast({"event_type": kind})
    assert funnel_steps(events, Funnel(["a", "b", "c"], HOUR))["reached_count"].to_list() == [1, 1, 0]


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
    found = funnel_steps(events.lazy(), Funnel(("a", "b"), HOUR), entity="case", time="at", event="activity")
    assert found["reached_count"].to_list() == [1, 1]


def test_who_is_not_through_while_the_window_lasts_is_open_and_in_no_rate() -> None:
    """Ann has dropped, Ben is open, Cyd and Dan are through, Dan so soon that the others of his day are open."""
    events = pl.concat(
        [
            log((0, "a")),
            log((95, "a"), customer="ben"),
            log((0, "a"), (1, "b"), customer="cyd"),
            log((96, "a"), (100, "b"), customer="dan"),
        ]
    )
    last = funnel_steps(events, Funnel(["a", "b"], 10 * HOUR)).row(1, named=True)
    assert (last["reached_count"], last["dropped_count"], last["open_count"]) == (2, 1, 1)
    assert (last["decided_count"], last["rate_from_previous"]) == (2, 0.5)


def test_a_window_that_ends_with_the_log_is_open() -> None:
    def open_count(until: timedelta) -> int:
        return funnel_steps(log((0, "a")), Funnel(["a", "b"], HOUR, complete_until=START + until))["open_count"][1]

    assert open_count(HOUR) == 1
    assert open_count(HOUR + timedelta(microseconds=1)) == 0


def test_events_after_the_log_is_complete_are_left_out() -> None:
    steps = funnel_steps(log((0, "a"), (2, "b")), Funnel(["a", "b"], HOUR * 3, complete_until=START + HOUR))
    assert steps["reached_count"].to_list() == [1, 0]


def test_a_clean_attempt_makes_good_for_a_tainted_one_that_gets_as_far() -> None:
    funnel = Funnel(["a", "b"], 10 * HOUR, exclusions=[Exclusion("x")])
    tainted = [(0.0, "a"), (1.0, "x"), (2.0, "b")]
    assert funnel_steps(log(*tainted), funnel).select("reached_count", "excluded_count").rows() == [(0, 1), (0, 1)]
    again = funnel_steps(log(*tainted, (3, "a"), (4, "b")), funnel)
    assert again.select("reached_count", "excluded_count").rows() == [(1, 0), (1, 0)]


def test_a_dead_end_of_one_window_is_left_for_a_later_event() -> None:
    steps = ["a", Step("b"), Step("c", within=HOUR)]
    assert funnel_steps(log((0, "a"), (1, "b"), (5, "b"), (6, "c")), Funnel(steps, 10 * HOUR))["reached_count"][2] == 1


def test_a_value_held_constant_keeps_attempts_apart_and_customers_together() -> None:
    events = log((0, "a"), (1, "b"), (2, "a")).with_columns(shop=pl.Series(["one", "two", "two"]))
    found = funnel_steps(events, Funnel(["a", "b"], 10 * HOUR, hold="shop"))
    assert found["reached_count"].to_list() == [1, 0]


def test_who_begins_in_the_middle_counts_where_any_step_may_be_the_first() -> None:
    events = log((0, "b"), (1, "c"), (2, "a"))
    found = funnel_steps(events, Funnel(["a", "b", "c"], 10 * HOUR, entry="any"))
    assert found.select("reached_count", "entered_count").rows() == [(1, 1), (1, 0), (1, 0)]
    closed = funnel_steps(events, Funnel(["a", "b", "c"], 10 * HOUR))
    assert closed["reached_count"].to_list() == [1, 0, 0]


def test_first_of_its_name_looks_at_all_of_history() -> None:
    events = log((0, "a"), (20, "a"), (21, "b"))
    again = Funnel([Step("a", first_time="any"), "b"], 10 * HOUR, since=START + HOUR)
    assert funnel_steps(events, again)["reached_count"].to_list() == [0, 0]


def test_an_optional_step_is_no_denominator() -> None:
    events = pl.concat([log((0, "a"), (1, "o"), (2, "b")), log((0, "a"), (2, "b"), customer="ben")])
    found = funnel_steps(events, Funnel(["a", Step("o", optional=True), "b"], HOUR, complete_until=START + 9 * HOUR))
    assert found["reached_count"].to_list() == [2, 1, 0]
    found = funnel_steps(
        events, Funnel(["a", Step("o", optional=True), "b"], 2 * HOUR, complete_until=START + 9 * HOUR)
    )
    assert found.select("reached_count", "rate_from_previous").rows() == [(2, None), (1, 0.5), (2, 1.0)]


def test_of_two_values_at_one_time_the_least_is_the_first_touch() -> None:
    events = log((0, "a"), (0, "a")).with_columns(channel=pl.Series(["web", "ad"]))
    for rows in (events, events.reverse()):
        assert funnel_steps(rows, Funnel(["a"], HOUR), by="channel")["value"].to_list() == ["ad"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"entity": "customer"}, "no column 'customer'"),
        ({"time": "event_type"}, "type String"),
        ({"event": "occurred_at"}, "type Datetime"),
        ({"by": "channel"}, "no column 'channel'"),
        ({"by": pl.col("channel")}, "do not fit what is asked"),
        ({"by": "event_type", "attribution": "middle"}, "attribution of a breakdown is 'middle'"),
        ({"by": "event_type", "attribution": 3}, "attribution of a breakdown is 3"),
    ],
)
def test_what_cannot_be_is_told(change: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        funnel_steps(log((0, "a")), Funnel(["a", "b"], HOUR), **change)
    assert caught.value.hint


def test_a_step_that_carries_the_value_needs_an_order() -> None:
    with pytest.raises(UsageError, match="needs a place"):
        funnel_steps(log((0, "a")), Funnel(["a", "b"], HOUR, order="any"), by="event_type", attribution=1)
