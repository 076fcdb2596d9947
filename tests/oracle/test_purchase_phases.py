"""Any events stand before, during or after purchases as their definition says, session by session."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings

from journey_analytics.contracts import TOUCHPOINTS
from journey_analytics.transform.bucket import transform_bucket
from tests.oracle import slow
from tests.strategies import event_frames
from tests.worlds import LIFECYCLE, with_devices, written_settings

LIMITS = timedelta(minutes=30), timedelta(hours=24)
SCOPES = {"customer": slow.sessions, "device": slow.sessions_by_device}


def slow_phases(points: list[slow.Event], scope: str) -> list[str]:
    """Phase of each touchpoint of one customer."""
    order = {event["event_id"]: place for place, event in enumerate(points)}
    bought = {event["event_id"] for event in points if event["event_type"] == "purchase"}
    sessions = SCOPES[scope](points, *LIMITS)
    alone = [[event] for event in bought if not any(event in session for session in sessions)]
    of_purchases = [session for session in [*sessions, *alone] if bought & set(session)]
    first = min((order[session[0]] for session in of_purchases), default=len(points))
    during = {
        event
        for session in of_purchases
        for event in session
        if order[event] <= max(order[one] for one in session if one in bought)
    }
    return [
        "during" if event["event_id"] in during else "before" if place < first else "after"
        for place, event in enumerate(points)
    ]


@pytest.mark.parametrize("scope", SCOPES)
@settings(max_examples=100, deadline=None)
@given(frame=event_frames())
def test_phases_equal_the_slow_ones(scope: str, frame: pl.DataFrame) -> None:
    project = written_settings(f'[sessions]\nsession_scope = "{scope}"\n')
    found = transform_bucket(with_devices(frame), [LIFECYCLE], project).of(TOUCHPOINTS)
    expected = []
    for customer, own in slow.by_customer(frame.to_dicts()).items():
        points = slow.touchpoints(own)
        phases = slow_phases(points, scope)
        expected += [(customer, event["event_key"], phase) for event, phase in zip(points, phases, strict=True)]
    assert sorted(found.select("customer_key", "event_key", "purchase_phase").rows()) == sorted(expected)
