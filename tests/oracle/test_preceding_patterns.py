"""Patterns before a drop-off equal those that are counted set by set; they find what was planted, and little else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import exp, log, sqrt
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from journey_analytics.analysis.event_log import LogColumns
from journey_analytics.analysis.precursors import PatternOptions, preceding_patterns
from journey_analytics.analysis.precursors.matched_sets import matched_sets
from journey_analytics.analysis.precursors.risk_points import RiskPoints, risk_points
from journey_analytics.errors import UsageError
from tests.oracle.stays import STAY, TIME, day, stays_frame

UNTIL, WINDOW = 20, 4
EVENT = tuple[int, int, str, bool]
STAYS = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(0, 6), st.none() | st.integers(0, 9), st.booleans(), st.sampled_from("xy")
    ),
    max_size=10,
)
EVENTS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 18), st.sampled_from("abc"), st.booleans()), max_size=40)


def events_frame(events: list[EVENT]) -> pl.DataFrame:
    rows = [(who, day(at), name, is_act) for who, at, name, is_act in events]
    schema = {"customer_id": pl.Int64, "occurred_at": TIME, "event_type": pl.String, "is_act": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def points_of(stays: list[STAY], events: list[EVENT]) -> RiskPoints:
    return risk_points(
        stays_frame(stays), events_frame(events), LogColumns(), until=day(UNTIL), window=timedelta(days=WINDOW),
        acts=pl.col("is_act"), stage="stage", order=(),
    )  # fmt: skip


def slow_points(stays: list[STAY], events: list[EVENT]) -> list[dict[str, object]]:
    """Every judged act with its customer, stage, days, acts so far, whether dropped, and the events up to it."""
    # Of stays that begin together the one that ends last has the events.
    chosen: dict[tuple[int, int], STAY] = {}
    endless = 10_000
    for stay in sorted(
        stays, key=lambda one: (endless if one[2] is None else one[2], one[3] and one[2] is not None, one[4])
    ):
        chosen[stay[0], stay[1]] = stay
    within: dict[tuple[int, int], list[tuple[int, str, bool]]] = {key: [] for key in chosen}
    for who, at, name, is_act in events:
        begun = [start for other, start in chosen if other == who and start <= at]
        if begun:
            _, start, length, left, _ = chosen[who, max(begun)]
            if length is None or at < start + length or (left and at == start + length):
                within[who, start].append((at, name, is_act))
    found: list[dict[str, object]] = []
    for (who, start), own in within.items():
        _, _, length, left, stage = chosen[who, start]
        own.sort()
        acts = [place for place, (_, _, is_act) in enumerate(own) if is_act]
        for count, place in enumerate(acts, 1):
            at = own[place][0]
            is_last = count == len(acts)
            if at > UNTIL - WINDOW or (is_last and length is None):
                continue
            found.append(
                {
                    "customer": who, "stage": stage, "days": at - start, "acts": count,
                    "dropped": is_last and left, "before": own[: place + 1], "at": at,
                }
            )  # fmt: skip
    return found


@settings(max_examples=300, deadline=None)
@given(STAYS, EVENTS)
def test_points_are_the_acts_after_which_it_is_known_what_became_of_a_customer(
    stays: list[STAY], events: list[EVENT]
) -> None:
    points = points_of(stays, events)
    customers = sorted({stay[0] for stay in stays})
    told = sorted(
        (customers[who], points.stages[int(stage) - 1], int(days), int(acts), bool(dropped))
        for who, stage, days, acts, dropped in zip(
            points.customer, points.stage, points.days, points.acts_count, points.is_dropped, strict=True
        )
    )
    names = ("customer", "stage", "days", "acts", "dropped")
    assert told == sorted(tuple(point[name] for name in names) for point in slow_points(stays, events))


def band(number: int) -> int:
    return number.bit_length()


@settings(max_examples=300, deadline=None)
@given(STAYS, EVENTS, st.integers(1, 4), st.integers(0, 3))
def test_controls_are_other_customers_at_the_same_point_who_went_on_each_once(
    stays: list[STAY], events: list[EVENT], controls: int, seed: int
) -> None:
    points = points_of(stays, events)
    sets = matched_sets(points, controls=controls, exact=2, seed=seed)

    def stratum(point: int) -> tuple[int, int, int]:
        acts = int(points.acts_count[point])
        return int(points.stage[point]), band(int(points.days[point])), acts if acts <= 2 else 10 + band(acts)

    everyone = range(len(points.points))
    seen: list[int] = []
    for own in np.split(sets.member, sets.sets.first[1:]) if len(sets.sets) else []:
        cases = [point for point in own.tolist() if points.is_dropped[point]]
        others = [point for point in own.tolist() if not points.is_dropped[point]]
        same = [point for point in everyone if stratum(point) == stratum(cases[0])]
        assert {stratum(point) for point in own.tolist()} == {stratum(cases[0])}
        assert cases == [point for point in same if points.is_dropped[point]]
        left = {int(points.customer[point]) for point in cases}
        able = {int(points.customer[point]) for point in same} - left
        drawn = [int(points.customer[point]) for point in others]
        assert len(drawn) == len(set(drawn)) == min(controls * len(cases), len(able)) > 0
        assert set(drawn) <= able
        seen += cases
    assert len(seen) == len(set(seen)) == points.is_dropped.sum() - sets.unmatched_count


@settings(max_examples=300, deadline=None)
@given(STAYS, EVENTS, st.integers(0, 2), st.integers(1, 3), st.integers(1, 4))
def test_counts_and_odds_are_those_of_looking_at_each_set(
    stays: list[STAY], events: list[EVENT], lag: int, longest: int, last: int
) -> None:
    chosen = PatternOptions(longest=longest, last=last, lag=timedelta(days=lag), controls=3, least_count=1)
    found = preceding_patterns(
        stays_frame(stays), events_frame(events), until=day(UNTIL), window=timedelta(days=WINDOW),
        acts=pl.col("is_act"), stage="stage", options=chosen,
    )  # fmt: skip
    points = points_of(stays, events)
    sets = matched_sets(points, controls=3, exact=last, seed=0)
    first = {int(row): int(start) for row, start in zip(points.points, points.stays.spread(points.stays.first)[points.points], strict=True)} if len(points.points) else {}  # fmt: skip

    def patterns(point: int) -> set[tuple[str, ...]]:
        row = int(points.points[point])
        before = [
            points.names[int(points.code[place])]
            for place in range(first[row], row + 1)
            if points.at[place] <= points.at[row] - lag * 86_400_000_000
        ][-last:]
        return {
            tuple(before[start : start + length])
            for length in range(1, longest + 1)
            for start in range(len(before) - length + 1)
        }

    groups = [
        tuple([patterns(int(point)) for point in own if points.is_dropped[point] == left] for left in (True, False))
        for own in (np.split(sets.member, sets.sets.first[1:]) if len(sets.sets) else [])
    ]
    expected: dict[tuple[str, ...], tuple[object, ...]] = {}
    for pattern in sorted({one for group in groups for side in group for had in side for one in had}):
        dropped = others = r = s = excess = 0.0
        for cases, controls in groups:
            x, c = (sum(pattern in had for had in one) for one in (cases, controls))
            n, m = len(cases), len(controls)
            dropped, others, excess = dropped + x, others + c, excess + x - n * c / m
            r, s = r + x * (m - c) / (m + n), s + (n - x) * c / (m + n)
        odds = round(r / s, 9) if r and s else None
        expected[pattern] = (dropped, others, odds, round(excess, 9))
    told = {
        tuple(row["pattern"]): (
            row["dropped_count"], row["control_count"], None if row["odds_ratio"] is None else round(row["odds_ratio"], 9),
            round(row["excess_count"], 9),
        )
        for row in found.iter_rows(named=True)
    }  # fmt: skip
    assert told == expected


@settings(max_examples=50, deadline=None)
@given(STAYS, EVENTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(stays: list[STAY], events: list[EVENT], chance: Random) -> None:
    def told(stays: list[STAY], events: list[EVENT]) -> pl.DataFrame:
        return preceding_patterns(
            stays_frame(stays), events_frame(events), until=day(UNTIL), window=timedelta(days=WINDOW), stage="stage",
            options=PatternOptions(controls=1, least_count=1),
        )  # fmt: skip

    before = told(stays, events)
    chance.shuffle(stays)
    chance.shuffle(events)
    assert_frame_equal(told(stays, events), before)


def simulated(seed: int, risk_after_error: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Customers who act every few days and leave after an act by chance: in one of ten, or more often by an error."""
    mix = [0.5, 0.2, 0.15, 0.1, 0.05]
    return world(seed, [mix, mix], [0.1, 0.1], risk_after_error)


def beginners(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first three acts are of other kinds than later ones, and more customers leave after them, whatever they do."""
    return world(seed, [[0.5, 0.38, 0.05, 0.05, 0.02], [0.3, 0.1, 0.3, 0.28, 0.02]], [0.2, 0.05], None)


def world(
    seed: int, mixes: list[list[float]], risks: list[float], risk_after_error: float | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Stays and events of 600 customers: what they do and how many leave, in the first three acts and later."""
    random = np.random.default_rng(seed)
    stays: list[tuple[int, datetime, datetime | None, bool]] = []
    events: list[tuple[int, datetime, str]] = []
    for who in range(600):
        at, left = day(0) + timedelta(hours=int(random.integers(0, 240))), False
        started = at
        for number in range(30):
            name = str(random.choice(["look", "search", "cart", "help", "error"], p=mixes[number >= 3]))
            events.append((who, at, name))
            risk = risk_after_error if name == "error" and risk_after_error is not None else risks[number >= 3]
            if left := bool(random.random() < risk):
                break
            at += timedelta(hours=int(random.integers(1, 96)))
        stays.append((who, started, at if left else None, left))
    schema = {"customer_id": pl.Int64, "started_at": TIME, "ended_at": TIME, "is_dropped": pl.Boolean}
    log = pl.DataFrame(
        events, schema={"customer_id": pl.Int64, "occurred_at": TIME, "event_type": pl.String}, orient="row"
    )
    return pl.DataFrame(stays, schema=schema, orient="row"), log


@pytest.mark.parametrize("make", [lambda seed: simulated(seed, 0.1), beginners], ids=["chance", "beginners"])
def test_where_leaving_is_chance_nothing_is_found_in_most_worlds(
    make: Callable[[int], tuple[pl.DataFrame, pl.DataFrame]],
) -> None:
    """At a false discovery rate of 5 %, a world in which nothing is to be found gives something in one of twenty."""
    loud = 0
    for seed in range(30):
        stays, log = make(seed)
        found = preceding_patterns(stays, log, until=day(400), window=timedelta(days=30))
        assert found.height > 20
        loud += bool((found["q_value"] < 0.05).any())
    assert loud <= 4


def test_a_planted_error_is_found_with_its_odds_and_only_patterns_that_end_in_it() -> None:
    stays, log = simulated(1, 0.5)
    found = preceding_patterns(stays, log, until=day(400), window=timedelta(days=30))
    first = found.row(0, named=True)
    assert first["pattern"] == ["error"]
    assert first["q_value"] < 1e-6
    last = preceding_patterns(stays, log, until=day(400), window=timedelta(days=30), options=PatternOptions(last=1))
    row = last.filter(pl.col("pattern") == ["error"]).row(0, named=True)
    # Odds of leaving after an error are 1 to 1, after anything else 1 to 9.
    assert row["odds_low"] < 9 < row["odds_high"]
    assert all(
        "error" in pattern for pattern in found.filter(pl.col("q_value") < 0.05, pl.col("odds_ratio") > 1)["pattern"]
    )


def test_what_happens_with_the_last_act_itself_is_nothing_with_a_lag() -> None:
    stays, log = simulated(1, 0.5)
    found = preceding_patterns(
        stays, log, until=day(400), window=timedelta(days=30), options=PatternOptions(lag=timedelta(minutes=1))
    )
    assert found.filter(pl.col("pattern") == ["error"])["q_value"].item() > 0.05


def test_the_interval_is_that_of_pairs_worked_out_by_hand() -> None:
    """30 drop-offs with an error and 10 without; their one control each had one or not: 25 to 5 pairs differ."""
    had = {2 * pair for pair in range(30)} | {2 * pair + 1 for pair in [*range(5), *range(30, 35)]}
    events: list[EVENT] = [(one, 0, "error" if one in had else "look", True) for one in range(80)]
    stays: list[STAY] = [(one, 0, one % 2, one % 2 == 0, f"pair {one // 2}") for one in range(80)]
    found = preceding_patterns(
        stays_frame(stays), events_frame(events), until=day(40), window=timedelta(days=1), stage="stage",
        options=PatternOptions(longest=1),
    )  # fmt: skip
    row = found.filter(pl.col("pattern") == ["error"]).row(0, named=True)
    spread = 1.959963984540054 * sqrt(1 / 25 + 1 / 5)
    assert (row["dropped_count"], row["control_count"], row["matched_count"]) == (30, 10, 40)
    assert (row["odds_low"], row["odds_ratio"], row["odds_high"]) == pytest.approx(
        (exp(log(5) - spread), 5, exp(log(5) + spread))
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (PatternOptions(longest=4), "Patterns of up to 4 events"),
        (PatternOptions(lag=timedelta(-1)), "negative"),
        (PatternOptions(controls=0), "controls"),
    ],
)
def test_options_that_cannot_be_are_told(options: PatternOptions, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        preceding_patterns(stays_frame([]), events_frame([]), until=day(1), window=timedelta(1), options=options)


def test_customers_of_different_kinds_do_not_fit_and_that_is_told() -> None:
    log = events_frame([(1, 1, "a", True)]).with_columns(pl.col("customer_id").cast(pl.String))
    with pytest.raises(UsageError, match="do not fit"):
        preceding_patterns(stays_frame([(1, 0, 2, True, "x")]), log, until=day(9), window=timedelta(days=1))
