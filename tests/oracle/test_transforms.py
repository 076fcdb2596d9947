"""The fast transforms equal the slow ones on random events with ties, boundaries and repeats."""

from datetime import timedelta
from typing import get_args

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.config import SessionScope, SessionSection, Settings, SharedDevice
from journey_analytics.contracts import JOURNEYS, SESSIONS, STAGE_VISITS, TOUCHPOINTS
from journey_analytics.transform.bucket import BucketTables
from journey_analytics.transform.identities import resolve_identities
from tests.oracle import slow
from tests.strategies import event_frames, identifier_set_frames
from tests.worlds import travel


@settings(max_examples=150, deadline=None)
@given(event_frames(), st.sampled_from(get_args(SessionScope)))
def test_sessions_equal_the_slow_ones(events: pl.DataFrame, scope: SessionScope) -> None:
    fast = travel(events, project=Settings(sessions=SessionSection(session_scope=scope)))
    cut_slowly = slow.sessions if scope == "customer" else slow.sessions_by_device
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
        if (cut := cut_slowly(slow.touchpoints(own), timedelta(minutes=30), timedelta(hours=24)))
    }
    assert sessions == expected
    met = fast.of(TOUCHPOINTS).drop_nulls("session_key").join(_journeys_of(fast), on="event_key")
    counts = dict(met.group_by("journey_key").agg(pl.col("session_key").n_unique()).iter_rows())
    journeys = fast.of(JOURNEYS).select("journey_key", "sessions_count")
    assert {key: counts.get(key, 0) for key in journeys["journey_key"]} == dict(journeys.iter_rows())


def _journeys_of(tables: BucketTables) -> pl.DataFrame:
    """``event_key`` of each interaction and ``journey_key`` of the journey that it falls into."""
    points = tables.of(TOUCHPOINTS).filter("is_interaction").select("event_key", "customer_key", "touchpoint_index")
    starts = points.join(tables.of(JOURNEYS).select(event_key="journey_key", journey_key="journey_key"), on="event_key")
    return points.sort("touchpoint_index").join_asof(
        starts.select("customer_key", "touchpoint_index", "journey_key").sort("touchpoint_index"),
        on="touchpoint_index",
        by="customer_key",
    ).select("event_key", "journey_key")  # fmt: skip


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
@given(identifier_set_frames(), st.sampled_from(get_args(SharedDevice)))
def test_identities_equal_the_slow_ones(sets: pl.DataFrame, shared_device: SharedDevice) -> None:
    fast = resolve_identities(sets, max_values=2, shared_device=shared_device)
    owners, of_sets = slow.identities(sets.to_dicts(), max_values=2, last_user=shared_device == "last_user")
    found = {
        (row["kind"], row["value"]): (row["owner_kind"], row["owner_value"])
        for row in fast.identifiers.iter_rows(named=True)
    }
    assert found == owners
    of_fast = fast.sets.select("set_key", "owner_kind", "owner_value")
    assert {index: (kind, value) for index, kind, value in of_fast.iter_rows()} == of_sets
