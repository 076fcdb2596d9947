"""Last contacts and returns equal those that are counted drop-off by drop-off."""

from collections import Counter, defaultdict
from datetime import timedelta
from statistics import median

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.event_log import LogColumns
from journey_analytics.analysis.leaving import last_contacts, returns
from journey_analytics.analysis.precursors import PatternOptions
from journey_analytics.analysis.precursors.matched_sets import matched_sets
from journey_analytics.analysis.precursors.risk_points import risk_points
from journey_analytics.errors import UsageError
from tests.oracle.stays import STAY, TIME, day, stays_frame

UNTIL = 25
EVENT = tuple[int, int, str, str]
STAYS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 6), st.integers(0, 9), st.booleans(), st.sampled_from("xy")),
    max_size=10,
)
EVENTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 30), st.sampled_from("abc"), st.sampled_from(["web", "email"])),
    max_size=40,
)


def events_frame(events: list[EVENT]) -> pl.DataFrame:
    rows = [(who, day(at), name, channel) for who, at, name, channel in events]
    schema = {"customer_id": pl.Int64, "occurred_at": TIME, "event_type": pl.String, "channel": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


@settings(max_examples=200, deadline=None)
@given(STAYS, EVENTS, st.integers(3, 12))
def test_returns_are_those_of_looking_at_each_drop_off(stays: list[STAY], events: list[EVENT], horizon: int) -> None:
    rates: dict[str, Counter[str]] = defaultdict(Counter)
    contacts: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for who, start, length, left, stage in stays:
        if not left or length is None:
            continue
        end = start + length
        later = sorted((at, name, channel) for other, at, name, channel in events if other == who and end < at <= UNTIL)
        is_watched = end + horizon <= UNTIL
        came = is_watched and bool(later) and later[0][0] - end <= horizon
        rates[stage].update(dropped=1, watched=is_watched, returned=came)
        if came:
            contacts[stage, later[0][1], later[0][2]].append(later[0][0] - end)
    found = returns(stays_frame(stays), events_frame(events), horizon=timedelta(days=horizon), until=day(UNTIL))
    assert {row["stage"]: (row["dropped_count"], row["watched_count"], row["returned_count"]) for row in found.rates.iter_rows(named=True)} == {
        stage: (count["dropped"], count["watched"], count["returned"]) for stage, count in rates.items()
    }  # fmt: skip
    assert {(row["stage"], row["event"], row["channel"]): (row["returned_count"], row["median_days"]) for row in found.contacts.iter_rows(named=True)} == {
        contact: (len(days), median(days)) for contact, days in contacts.items()
    }  # fmt: skip
    whole = {stage: count["returned"] for stage, count in rates.items()}
    for row in found.contacts.iter_rows(named=True):
        assert row["share"] == row["returned_count"] / whole[row["stage"]]
        assert row["share_low"] <= row["share"] <= row["share_high"]


def test_a_rate_of_returns_takes_customers_for_one_each_however_often_they_leave() -> None:
    """Who leaves ten times and always comes back tells less than ten customers."""
    often = [(1, 10 * turn, 1, True, "x") for turn in range(10)] + [(who, 0, 1, True, "x") for who in range(2, 12)]
    once = [(who, 0, 1, True, "x") for who in range(20)]
    back: list[EVENT] = [(1, 10 * turn + 5, "a", "web") for turn in range(10)]
    each: list[EVENT] = [(who, 5, "a", "web") for who in range(10)]

    def width(stays: list[STAY], events: list[EVENT]) -> float:
        row = returns(stays_frame(stays), events_frame(events), horizon=timedelta(days=6), until=day(400)).rates.row(
            0, named=True
        )
        assert (row["watched_count"], row["returned_count"], row["return_rate"]) == (20, 10, 0.5)
        return row["return_rate_high"] - row["return_rate_low"]

    assert width(often, back) > width(once, each)


@settings(max_examples=200, deadline=None)
@given(STAYS, EVENTS)
def test_last_contacts_are_those_of_looking_at_each_set(stays: list[STAY], events: list[EVENT]) -> None:
    window, chosen = timedelta(days=4), PatternOptions(controls=2, last=2)
    found = last_contacts(stays_frame(stays), events_frame(events), until=day(UNTIL), window=window, options=chosen)
    both = events_frame(events).with_columns(event_type=pl.col("event_type") + "\x1f" + pl.col("channel"))
    points = risk_points(
        stays_frame(stays), both, LogColumns(), until=day(UNTIL), window=window, acts=None, stage="stage", order=()
    )
    sets = matched_sets(points, controls=2, exact=2, seed=0)
    expected: dict[tuple[str, ...], list[float]] = {}
    of_stage: Counter[str] = Counter()
    for own in np.split(sets.member, sets.sets.first[1:]) if len(sets.sets) else []:
        stage = points.stages[int(points.stage[own[0]]) - 1]
        cases = int(points.is_dropped[own].sum())
        of_stage[stage] += cases
        for point in own:
            name = points.names[int(points.code[points.points[point]])]
            cell = expected.setdefault((stage, *name.split("\x1f")), [0, 0, 0.0])
            is_case = bool(points.is_dropped[point])
            cell[0 if is_case else 1] += 1
            cell[2] += 0 if is_case else cases / (len(own) - cases)
    told = {
        (row["stage"], row["event"], row["channel"]): (
            row["dropped_count"], row["control_count"], row["dropped_rate"], row["control_rate"], row["matched_count"],
        )
        for row in found.iter_rows(named=True)
    }  # fmt: skip
    assert told.keys() == expected.keys()
    for key, (dropped, controls, shares) in expected.items():
        whole = of_stage[key[0]]
        assert told[key] == pytest.approx((dropped, controls, dropped / whole, shares / whole, whole))


def test_a_common_contact_is_no_reason_and_a_rare_one_with_which_customers_leave_is_found() -> None:
    """Everybody looks; of those who get an error as their first contact nine of ten leave, of the others half."""
    stays: list[STAY] = []
    events: list[EVENT] = []
    for who in range(600):
        is_error = who % 6 == 0
        left = who // 6 % 10 < 9 if is_error else who // 6 % 2 == 0
        stays.append((who, 0, 0 if left else 3, left, "x"))
        events.append((who, 0, "error" if is_error else "look", "web"))
    found = last_contacts(stays_frame(stays), events_frame(events), until=day(40), window=timedelta(days=4))
    rows = {row["event"]: row for row in found.iter_rows(named=True)}
    assert rows["look"]["dropped_count"] > rows["error"]["dropped_count"]
    assert rows["look"]["odds_high"] < 1
    assert rows["error"]["odds_low"] < 9 < rows["error"]["odds_high"]
    assert rows["error"]["q_value"] < 0.001


def test_a_horizon_of_nothing_and_a_missing_channel_are_told() -> None:
    with pytest.raises(UsageError, match="no time"):
        returns(stays_frame([]), events_frame([]), horizon=timedelta(0), until=day(1))
    with pytest.raises(UsageError, match="no column 'channel'"):
        last_contacts(stays_frame([]), events_frame([]).drop("channel"), until=day(1), window=timedelta(1))
