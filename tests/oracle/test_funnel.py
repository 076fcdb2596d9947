"""The fast funnels equal the slow ones on random events with ties, gaps of exactly the window, and repeated steps."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import mean, median
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.funnels import (
    Funnel,
    funnel_customers,
    funnel_steps,
    funnel_trend,
    time_to_convert,
)
from tests.oracle.funnels import Log, funnels, logs
from tests.oracle.slow_funnel import SlowFunnel, Told, judged, told

Pair = tuple[Funnel, SlowFunnel]
thorough = settings(max_examples=150, deadline=None)


@thorough
@given(logs(), funnels())
def test_every_customer_is_told_as_by_the_slow_one(log: Log, pair: Pair) -> None:
    found = funnel_customers(log.frame, pair[0]).rows()
    expected = [
        (one.customer, *_furthest(one), one.is_open, one.is_excluded)
        for one in sorted(slow_told(log, pair[1]), key=lambda one: one.customer)
    ]
    assert [row if not row[-1] else (row[0], row[1], *row[4:]) for row in found] == expected


def slow_told(log: Log, funnel: SlowFunnel, entry: int = 0) -> list[Told]:
    return told(log.events, replace(funnel, complete_until=funnel.complete_until or log.last), entry)


def _furthest(one: Told) -> tuple[Any, ...]:
    """Step, start and end; of who is excluded the step alone."""
    if one.best is None:
        return (max(attempt.end for attempt in one.attempts),)
    return one.level, one.best.times[0], one.best.times[-1]


@thorough
@given(logs(), funnels(can_be_optional=True))
def test_steps_are_counted_and_timed_as_by_the_slow_one(log: Log, pair: Pair) -> None:
    check_steps(funnel_steps(log.frame, pair[0]).to_dicts(), slow_told(log, pair[1]), pair[1])


@thorough
@given(logs(), funnels(), st.sampled_from(("first", "last", "all", 1, 2)))
def test_breakdowns_equal_the_slow_ones(log: Log, pair: Pair, attribution: Any) -> None:
    fast, slow = pair
    if isinstance(attribution, int) and (fast.order == "any" or attribution > len(fast.all_steps)):
        attribution = "all"
    place = attribution - 1 if isinstance(attribution, int) else attribution
    asked = replace(slow, value=lambda event: event.properties["place"], attribution=place)
    found = funnel_steps(log.frame, fast, by="place", attribution=attribution)
    everybody = slow_told(log, asked)
    assert set(found["value"]) == {one.value for one in everybody}
    for (value,), part in found.partition_by("value", as_dict=True).items():
        check_steps(part.to_dicts(), [one for one in everybody if one.value == value], asked)


def check_steps(found: list[dict[str, Any]], everybody: list[Told], funnel: SlowFunnel) -> None:
    required = [place for place, step in enumerate(funnel.steps) if not step.optional]
    clean = [one for one in everybody if one.best]
    excluded = [one for one in everybody if one.is_excluded]
    for place, (row, step) in enumerate(zip(found, funnel.steps, strict=True)):
        before = [one for one in clean if place == 0 or _time(one, _previous(place, required), required)]
        here = [one for one in before if _time(one, place, required)]
        assert row["reached_count"] == len(here)
        assert row["entered_count"] == (len(here) if place == 0 else 0)
        left = [one for one in before if one not in here]
        if step.optional:
            assert (row["dropped_count"], row["open_count"]) == (None, None)
        else:
            assert row["open_count"] == sum(one.is_open for one in left)
            assert row["dropped_count"] == len(left) - row["open_count"]
            assert row["excluded_count"] == sum(
                max(attempt.end for attempt in one.attempts) > required.index(place) for one in excluded
            )
        decided = [one for one in before if not one.is_open]
        assert row["decided_count"] == len(decided)
        if decided and place:
            assert row["rate_from_previous"] == pytest.approx(mean(one in here for one in decided))
            assert row["rate_from_previous_low"] <= row["rate_from_previous"] <= row["rate_from_previous_high"]
        else:
            assert row["rate_from_previous"] is None
            assert row["rate_from_previous_low"] is None
        gaps = [_seconds(one, _previous(place, required), place, required) for one in here] if place else []
        for name, value in (
            ("mean_seconds_from_previous", mean(gaps) if gaps else None),
            ("median_seconds_from_previous", median(gaps) if gaps else None),
            ("p90_seconds_from_previous", _ninth_decile(sorted(gaps)) if gaps else None),
            ("median_seconds_from_first", median(_seconds(one, 0, place, required) for one in here) if gaps else None),
        ):
            assert row[name] == pytest.approx(value, abs=1e-6)


def _previous(place: int, required: list[int]) -> int:
    return max(other for other in required if other < place)


def _time(one: Told, place: int, required: list[int]) -> datetime | None:
    assert one.best
    if place not in required:
        return one.optional[place]
    return one.best.times[required.index(place)] if one.level > required.index(place) else None


def _seconds(one: Told, first: int, last: int, required: list[int]) -> float:
    begin, end = _time(one, first, required), _time(one, last, required)
    assert begin
    assert end
    return (end - begin).total_seconds()


def _ninth_decile(values: list[float]) -> float:
    place = 0.9 * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


@thorough
@given(logs(), funnels(entry="any", can_hold=False))
def test_who_may_begin_with_any_step_is_counted_as_by_the_slow_one(log: Log, pair: Pair) -> None:
    fast, slow = pair
    found = funnel_steps(log.frame, fast).to_dicts()
    entries = [slow_told(log, slow, entry) for entry in range(len(slow.steps))]
    reached: dict[str, set[int]] = defaultdict(set)
    for entry, everybody in enumerate(entries):
        for one in everybody:
            reached[one.customer] |= set(range(entry, one.level))
    is_open = {one.customer for everybody in entries for one in everybody if one.is_open}
    everyone = {one.customer for everybody in entries for one in everybody}
    counted = {customer for customer in everyone if reached[customer]}
    for place, row in enumerate(found):
        here = {customer for customer in counted if place in reached[customer]}
        before = {customer for customer in counted if place - 1 in reached[customer]}
        assert row["reached_count"] == len(here)
        assert row["entered_count"] == len(here - before)
        if place:
            assert row["open_count"] == len((before - here) & is_open)
            assert row["dropped_count"] == len(before - here - is_open)
        excluded = {
            one.customer
            for everybody in entries
            for one in everybody
            if one.customer not in counted and place in range(one.attempts[0].entry, max(a.end for a in one.attempts))
        }
        assert row["excluded_count"] == len(excluded)


@thorough
@given(logs(), funnels(entry="each", can_hold=False))
def test_steps_for_themselves_need_one_event_each(log: Log, pair: Pair) -> None:
    fast, slow = pair
    for place, row in enumerate(funnel_steps(log.frame, fast).to_dicts()):
        alone = slow_told(log, slow, place)
        assert row["reached_count"] == len(alone)


@thorough
@given(logs(), funnels(), st.integers(0, 3), st.integers(0, 3))
def test_trends_and_times_equal_the_slow_ones(log: Log, pair: Pair, one: int, other: int) -> None:
    fast, slow = pair
    first, last = sorted((min(one, len(slow.steps) - 1), min(other, len(slow.steps) - 1)))
    steps = {"from_step": first + 1, "to_step": last + 1}
    everybody = slow_told(log, slow)
    complete_until = slow.complete_until or log.last
    booked: dict[datetime, list[Told]] = defaultdict(list)
    for customer in everybody:
        attempts = defaultdict(list)
        for attempt in customer.attempts:
            attempts[attempt.times[0].replace(minute=0, second=0, microsecond=0)].append(attempt)
        for hour, mine in attempts.items():
            assert complete_until
            booked[hour].append(judged(customer.customer, None, mine, slow, complete_until))
    for row in funnel_trend(log.frame, fast, every="hour", **steps).to_dicts():
        entered = [one for one in booked.pop(row["period_start"], []) if one.level > first]
        stayed = [one for one in entered if one.level <= last]
        assert row["entered_count"] == len(entered)
        assert row["converted_count"] == len(entered) - len(stayed)
        assert row["open_count"] == sum(one.is_open for one in stayed)
        assert row["dropped_count"] == len(stayed) - row["open_count"]
        assert row["decided_count"] == sum(not one.is_open for one in entered)
    assert not booked
    times = [one.best.times for one in everybody if one.best and one.level > last]
    gaps = [(each[last] - each[first]) for each in times]
    bins = time_to_convert(log.frame, fast, **steps).to_dicts()
    assert sum(row["customers_count"] for row in bins) == len(gaps)
    for row in bins:
        begin, end = timedelta(seconds=row["from_seconds"]), timedelta(seconds=row["to_seconds"])
        assert row["customers_count"] == sum(begin <= gap < end for gap in gaps)


def test_rows_of_no_funnel_are_no_trouble() -> None:
    empty = pl.DataFrame(schema={"customer_id": pl.String, "occurred_at": pl.Datetime("us"), "event_type": pl.String})
    assert funnel_steps(empty, Funnel(["a", "b"], timedelta(0)))["reached_count"].to_list() == [0, 0]
