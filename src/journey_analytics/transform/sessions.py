"""Sessions: a customer's interactions without a gap longer than the timeout."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from journey_analytics.transform.segments import Flags, Rows, Segments, changes, latest
from journey_analytics.transform.stages import Codes, Stages
from journey_analytics.transform.table_columns import times, where_known
from journey_analytics.transform.total_order import Keys, Times
from journey_analytics.transform.touchpoints import Touchpoints


@dataclass(frozen=True)
class Sessions:
    """Sessions of touchpoints.

    Attributes:
        members: Touchpoints that are in sessions.
        cut: How the members are cut into sessions.
    """

    members: Rows
    cut: Segments

    @property
    def first(self) -> Rows:
        """First touchpoint of each session."""
        return self.members[self.cut.first]

    @property
    def last(self) -> Rows:
        """Last touchpoint of each session."""
        return self.members[self.cut.last]


def find_sessions(touchpoints: Touchpoints, timeout: timedelta, max_duration: timedelta | None) -> Sessions:
    """Cut interactions into sessions.

    A new session starts when the gap is greater than the timeout (a gap of exactly the timeout stays), or when the
    session would last longer than ``max_duration``; the event that would make it too long starts the next one.
    Midnight, campaign and device cut nothing. Day-precision events and events that are no interactions are in no
    session and neither extend nor split one.

    Args:
        touchpoints: Touchpoints.
        timeout: Longest gap inside a session.
        max_duration: Longest session; None for no limit.
    """
    members = np.flatnonzero(touchpoints.in_session)
    starts = session_starts(touchpoints.customer_key[members], touchpoints.at[members], timeout, max_duration)
    return Sessions(members, Segments.starting(starts))


def session_starts(customer: Keys, at: Times, timeout: timedelta, max_duration: timedelta | None) -> Flags:
    """Which interactions start a session.

    Args:
        customer: Customer of each interaction; equal ones stand together.
        at: Microseconds, ascending within a customer.
        timeout: Longest gap inside a session.
        max_duration: Longest session; None for no limit.
    """
    starts = changes(customer)
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
        first = _first_later_than(at, first, end, at[first] + limit)
        starts[first] = True


def _first_later_than(at: Times, low: Rows, high: Rows, limit: Times) -> Rows:
    """For each range ``low..high`` of ascending times the first position later than its limit: bisection of all."""
    low, high = low.copy(), high.copy()
    while (open_ := low < high).any():
        middle = (low + high) // 2
        later = at[np.minimum(middle, len(at) - 1)] > limit
        high = np.where(open_ & later, middle, high)
        low = np.where(open_ & ~later, middle + 1, low)
    return low


def session_keys(touchpoints: Touchpoints, sessions: Sessions) -> pl.Series:
    """For each touchpoint the key of its session, that of the session's first event; null outside sessions."""
    keys = np.zeros(len(touchpoints), dtype=np.uint64)
    keys[sessions.members] = sessions.cut.spread(touchpoints.event_key[sessions.first])
    return where_known(keys, touchpoints.in_session)


def summarize_sessions(touchpoints: Touchpoints, sessions: Sessions, stages: Stages) -> pl.DataFrame:
    """One row per session.

    Returns:
        The columns of ``journeys.sessions``: entry columns are those of the first interaction, ``stage`` is that of the
        last mapped one.
    """
    first, last = sessions.first, sessions.last
    customer = touchpoints.customer_key[first]
    return pl.DataFrame(
        {
            "session_key": touchpoints.event_key[first],
            "customer_key": customer,
            "session_index": Segments.starting(changes(customer)).numbers(),
            "started_at": times(touchpoints.at[first]),
            "ended_at": times(touchpoints.at[last]),
            "entry_channel": touchpoints.values("entry_channel", first),
            "entry_source": touchpoints.values("campaign_source", first),
            "entry_medium": touchpoints.values("campaign_medium", first),
            "entry_campaign": touchpoints.values("campaign_name", first),
            "touchpoints_count": sessions.cut.lengths.astype(np.int32),
            "stage": stages.names(_last_mapped(sessions, stages)),
        }
    )


def _last_mapped(sessions: Sessions, stages: Stages) -> Codes:
    mapped = stages.mapped[sessions.members]
    known = latest(mapped != stages.none)[sessions.cut.last]
    return np.where(known >= sessions.cut.first, mapped[known], mapped.dtype.type(stages.none))
