"""The fast transforms equal the slow ones on random events with ties, boundaries and repeats."""

from datetime import timedelta

import polars as pl
from hypothesis import given, settings

from journey_analytics.contracts import JOURNEYS, SESSIONS, STAGE_VISITS, TOUCHPOINTS
from journey_analytics.transform.identities import resolve_identities
from tests.oracle import slow
from tests.strategies import event_frames, identifier_set_frames
from tests.worlds import travel


@settings(max_examples=150, deadline=None)
@given(event_frames())
def test_sessions_equal_the_slow_ones(events: pl.DataFrame) -> None:
    fast = travel(events)
    ids = dict(events.select("event_key", "event_id").iter_rows())
    found = (
        fast.of(TOUCHPOINTS)
        .filter(pl.col("session_key").is_not_null())
        .join(fast.of(SESSIONS).select("session_key", "session_index"), on="session_key")
        .sort("customer_key", "session_index", "touchpoint_index")
        .group_by("customer_key", "session_index", maintain_order=True)
        .agg("event_key")
    )
    sessions: dict[int, list[list[str]]] = {}
    for customer, _, keys in found.iter_rows():
        sessions.setdefault(customer, []).append([ids[key] for key in keys])
    expected = {
        customer: cut
        for customer, own in slow.by_customer(events.to_dicts()).items()
        if (cut := slow.sessions(slow.touchpoints(own), timedelta(minutes=30), timedelta(hours=24)))
    }
    assert sessions == expected


@settings(max_examples=150, deadline=None)
@given(event_frames())
def test_journeys_and_visits_equal_the_slow_ones(events: pl.DataFrame) -> None:
    fast = travel(events)
    visits = fast.of(STAGE_VISITS).sort("visit_index").group_by("journey_key", maintain_order=True).agg(
        pl.struct("stage", "entered_at").alias("visits")
    )  # fmt: skip
    rows = fast.of(JOURNEYS).join(visits, on="journey_key", how="left").sort("customer_key", "journey_index")
    found = [
        (
            row["customer_key"],
            row["touchpoints_count"],
            row["last_interaction_at"],
            [(visit["stage"], visit["entered_at"]) for visit in row["visits"] or []],
        )
        for row in rows.iter_rows(named=True)
    ]
    expected = [
        (customer, len(journey["events"]), journey["last"], journey["visits"])
        for customer, own in sorted(slow.by_customer(events.to_dicts()).items())
        for journey in slow.journeys(slow.touchpoints(own), timedelta(days=30))
    ]
    assert found == expected


@settings(max_examples=300, deadline=None)
@given(identifier_set_frames())
def test_identities_equal_the_slow_ones(sets: pl.DataFrame) -> None:
    fast = resolve_identities(sets, max_values=2)
    owners, of_sets = slow.identities(sets.to_dicts(), max_values=2)
    found = {
        (row["kind"], row["value"]): (row["owner_kind"], row["owner_value"])
        for row in fast.identifiers.iter_rows(named=True)
    }
    assert found == owners
    of_fast = fast.sets.select("set_key", "owner_kind", "owner_value")
    assert {index: (kind, value) for index, kind, value in of_fast.iter_rows()} == of_sets
