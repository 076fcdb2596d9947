"""Sessions: a customer's interactions without a gap longer than the timeout, wherever or on one device."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from journey_analytics.arrays.segments import Flags, Members, Rows, Segments, changes, first_later
from journey_analytics.config import SessionScope
from journey_analytics.transform.table_columns import where_known
from journey_analytics.transform.total_order import Times
from journey_analytics.transform.touchpoints import Touchpoints


@dataclass(frozen=True)
class Sessions(Members):
    """Sessions of touchpoints, in the order of customers and starts.

    Attributes:
        place: Where each member stands among all members in total order; None where that is the order they have.
    """

    place: Rows | None = None


def find_sessions(
    touchpoints: Touchpoints, timeout: timedelta, max_duration: timedelta | None, scope: SessionScope = "customer"
) -> Sessions:
    """Cut interactions into sessions.

    A new session starts when the gap is greater than the timeout (a gap of exactly the timeout stays), or when the
    session would last longer than ``max_duration``; the event that would make it too long starts the next one.
    Midnight and campaign cut nothing. Day-precision events and events that are no interactions are in no session and
    neither extend nor split one.

    Args:
        touchpoints: Touchpoints.
        timeout: Longest gap inside a session.
        max_duration: Longest session; None for no limit.
        scope: Whether sessions are those of a customer, or those of a customer on a device, which may overlap.
    """
    members = np.flatnonzero(touchpoints.in_session)
    customer, at = touchpoints.customer_key[members], touchpoints.at[members]
    if scope == "customer":
        return Sessions(members, Segments.starting(session_starts(changes(customer), at, timeout, max_duration)))
    device = touchpoints.device_key[members]
    by_device = np.lexsort((device, customer))
    owners = changes(customer[by_device], device[by_device])
    cut = Segments.starting(session_starts(owners, at[by_device], timeout, max_duration))
    # The place of its first member tells the sessions of a customer apart, and their order.
    session = cut.spread(by_device[cut.first])
    by_start = np.argsort(session, kind="stable")
    place = by_device[by_start]
    return Sessions(members[place], Segments.starting(changes(session[by_start])), place)


def session_starts(owners: Flags, at: Times, timeout: timedelta, max_duration: timedelta | None) -> Flags:
    """Which interactions start a session.

    Args:
        owners: Which interactions are the first of a customer, or of a customer on a device.
        at: Microseconds, ascending from each of these to the next.
        timeout: Longest gap inside a session.
        max_duration: Longest session; None for no limit.
    """
    starts = owners.copy()
    starts[1:] |= np.diff(at) > timeout // timedelta(microseconds=1)
    if max_duration is not None:
        _cut_long_sessions(starts, at, max_duration // timedelta(microseconds=1))
    return starts


def _cut_long_sessions(starts: Flags, at: Times, limit: int) -> None:
    """Cut sessions that last too long, in place: each pass makes the next cut in all of them at once."""
    first = np.flatnonzero(starts)
    end = np.append(first[1:], len(at))
    while len(first):
        too_long = at[end - 1] - at[first] > limit
        first, end = first[too_long], end[too_long]
        first = first_later(at, first, end, at[first] + limit)
        starts[first] = True


def session_keys(touchpoints: Touchpoints, sessions: Sessions) -> pl.Series:
    """For each touchpoint the key of its session, that of the session's first event; null outside sessions."""
    keys = np.zeros(len(touchpoints), dtype=np.uint64)
    keys[sessions.members] = sessions.cut.spread(touchpoints.event_key[sessions.first])
    return where_known(keys, touchpoints.in_session)
