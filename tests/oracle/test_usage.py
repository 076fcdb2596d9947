"""Fast paths, retention and lifecycle equal the slow ones on random events with ties, boundaries and repeats."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.paths.path_flows import path_flows, top_paths
from journey_analytics.analysis.paths.paths import Paths
from journey_analytics.analysis.usage.lifecycle import lifecycle
from journey_analytics.analysis.usage.retention import retention
from journey_analytics.vocabulary import OTHER
from tests.oracle import slow_usage
from tests.oracle.slow_funnel import Event
from tests.strategies import TINY

MIDNIGHT = datetime(2026, 3, 1, 23, tzinfo=UTC)
"""Monday in Prague; clocks change four weeks later."""
JUMPS = (
    timedelta(0), TINY, timedelta(minutes=10), timedelta(minutes=30), timedelta(minutes=30) + TINY,
    timedelta(days=1), timedelta(days=7) - TINY, timedelta(days=7), timedelta(days=14), timedelta(days=21),
)  # fmt: skip
ZONES = ("UTC", "Europe/Prague", "America/Los_Angeles")


@st.composite
def logs(draw: st.DrawFn) -> tuple[pl.DataFrame, list[Event]]:
    clocks: dict[str, datetime] = {}
    events = []
    for _ in range(draw(st.integers(1, 24))):
        customer = draw(st.sampled_from(("ann", "ann", "ben", "cyd")))
        clocks[customer] = clocks.get(customer, MIDNIGHT) + draw(st.sampled_from(JUMPS))
        events.append(Event(customer, clocks[customer], draw(st.sampled_from("aabbc")), {}))
    Random(draw(st.integers())).shuffle(events)
    frame = pl.DataFrame(
        {
            "customer_id": [event.customer for event in events],
            "occurred_at": [event.at for event in events],
            "event_type": [event.name for event in events],
        }
    )
    return frame, events


WHICH: tuple[Any, ...] = (
    (None, lambda _: True),
    ("a", lambda event: event.name == "a"),
    (["a", "c"], lambda event: event.name in "ac"),
    (pl.col("event_type") == "b", lambda event: event.name == "b"),
)
thorough = settings(max_examples=150, deadline=None)
which = st.sampled_from(WHICH)


@thorough
@given(logs(), which, which, st.sampled_from(ZONES), st.booleans(), st.booleans(), st.integers(1, 2))
def test_retention_equals_the_slow_one(
    log: Any, start: Any, back: Any, zone: str, first_only: bool, or_later: bool, at_least: int
) -> None:
    frame, events = log
    found = retention(
        frame, start=start[0], back=back[0], every="week", periods=4, cohort="first" if first_only else "any",
        or_later=or_later, at_least=at_least, time_zone=zone,
    )  # fmt: skip
    slow = slow_usage.retention(
        events, start[1], back[1], zone, first_only=first_only, or_later=or_later, at_least=at_least, periods=4
    )
    last_week = slow_usage.week_of(max(event.at for event in events), zone)
    for row in found.iter_rows(named=True):
        week, later = row["cohort_start"], row["period_index"]
        size, came = slow.pop((week, later), (0, 0))
        assert row["customers_count"] == size
        if week + timedelta(weeks=later) < last_week:
            assert row["returned_count"] == came
            assert row["return_rate"] == (pytest.approx(came / size) if size else None)
        else:
            assert row["returned_count"] is None
            assert (row["return_rate"], row["return_rate_low"], row["return_rate_high"]) == (None, None, None)
    assert not slow


@thorough
@given(logs(), which, st.sampled_from(ZONES))
def test_lifecycle_equals_the_slow_one(log: Any, active: Any, zone: str) -> None:
    frame, events = log
    found = lifecycle(frame, which=active[0], every="week", time_zone=zone)
    slow = slow_usage.lifecycle(events, active[1], zone)
    last_week = slow_usage.week_of(max(event.at for event in events), zone)
    for row in found.iter_rows(named=True):
        new, returning, resurrecting, dormant = slow.pop(row["period_start"], (0, 0, 0, 0))
        assert (row["new_count"], row["returning_count"], row["resurrecting_count"]) == (new, returning, resurrecting)
        assert row["previous_count"] == returning + dormant
        assert row["is_over"] == (row["period_start"] < last_week)
        assert row["dormant_count"] == (dormant if row["is_over"] else None)
    assert set(slow) <= {last_week + timedelta(weeks=1)}


points = st.sampled_from((None, None, "a", "c"))


@thorough
@given(logs(), st.sampled_from((timedelta(0), timedelta(minutes=30), timedelta(days=9))), points, points,
       st.integers(1, 5), st.booleans(), st.integers(1, 3))  # fmt: skip
def test_paths_equal_the_slow_ones(
    log: Any, gap: timedelta, start: str | None, end: str | None, steps: int, collapse: bool, top: int
) -> None:
    frame, events = log
    asked = Paths(gap=gap, start=start, end=end, steps=steps, collapse=collapse)
    slow = slow_usage.paths(events, gap, start, end, steps, collapse=collapse)
    names = [(customer, [name for name, _ in path]) for customer, path, _ in slow]
    check_whole(top_paths(frame, asked, top=top), names, top)
    flows: dict[Any, list[Any]] = defaultdict(list)
    for customer, path, goes_on in slow:
        for place, (name, at) in enumerate(path):
            is_last = place + 1 == len(path)
            target = ("(more)" if goes_on else "(end)") if is_last else path[place + 1][0]
            flows[place + 1, name, target].append((customer, None if is_last else path[place + 1][1] - at))
    everything = path_flows(frame, asked, top=100).to_dicts()
    assert len(everything) == len(flows)
    for row in everything:
        moves = flows[row["step_index"], row["from_item"], row["to_item"]]
        assert row["paths_count"] == len(moves)
        assert row["customers_count"] == len({customer for customer, _ in moves})
        assert row["customers_total"] == len({event.customer for event in events})
        assert row["customers_share"] == pytest.approx(row["customers_count"] / row["customers_total"])
        gaps = [gap.total_seconds() for _, gap in moves if gap is not None]
        assert row["mean_seconds"] == (pytest.approx(sum(gaps) / len(gaps), abs=1e-6) if gaps else None)
    check_conserved(path_flows(frame, asked, top=top).to_dicts(), names, top)


def test_of_paths_as_common_the_first_in_the_alphabet_is_told_whether_or_not_it_has_a_gap() -> None:
    who = ["ben", "ann", "ann", "ann", "ben"]
    log = pl.DataFrame(
        {
            "customer_id": who,
            "occurred_at": [MIDNIGHT + timedelta(minutes=place) for place in range(len(who))],
            "event_type": ["a", "a", "a", "c", "c"],
        }
    )
    asked = Paths(start="a", end="c", steps=2, collapse=False)
    assert top_paths(log, asked, top=1)["path"].to_list() == [["a", "(...)", "c"], [OTHER]]


def check_whole(found: pl.DataFrame, names: list[tuple[str, list[str]]], top: int) -> None:
    """The commonest paths, and all others in one row."""
    counts = Counter(tuple(path) for _, path in names)
    commonest = sorted(counts, key=lambda path: (-counts[path], path))[:top]
    expected = [
        (list(path), counts[path], len({who for who, own in names if tuple(own) == path})) for path in commonest
    ]
    others = [who for who, own in names if tuple(own) not in commonest]
    if others:
        expected.append(([OTHER], len(others), len(set(others))))
    assert found.select("path", "paths_count", "customers_count").rows() == expected


def check_conserved(flows: list[dict[str, Any]], names: list[tuple[str, list[str]]], top: int) -> None:
    """As many paths come to an item at a place as leave it, and no place tells more apart than asked for."""
    inflow, outflow = Counter[Any](), Counter[Any]()
    for row in flows:
        outflow[row["step_index"], row["from_item"]] += row["paths_count"]
        inflow[row["step_index"] + 1, row["to_item"]] += row["paths_count"]
    for place, item in outflow:
        assert place == 1 or inflow[place, item] == outflow[place, item]
        assert len({other for step, other in outflow if step == place} - {OTHER}) <= top
    assert sum(count for (place, _), count in outflow.items() if place == 1) == len(names)
