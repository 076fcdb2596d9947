"""Sessions: a customer's interactions without a gap longer than the timeout."""

from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.vocabulary import TimePrecision

Positions = npt.NDArray[np.int64]


def add_sessions(touchpoints: pl.DataFrame, timeout: timedelta, max_duration: timedelta | None) -> pl.DataFrame:
    """Cut interactions into sessions.

    A new session starts when the gap is greater than the timeout (a gap of exactly the timeout stays), or when the
    session would last longer than ``max_duration``; the event that would make it too long starts the next one.
    Midnight, campaign and device cut nothing. Day-precision events and events that are no interactions are in no
    session and neither extend nor split one.

    Args:
        touchpoints: Touchpoints in total order.
        timeout: Longest gap inside a session.
        max_duration: Longest session; None for no limit.

    Returns:
        The touchpoints with ``session_key`` (key of the session's first event) and ``session_index`` (from 1 within
        the customer); both null outside sessions.
    """
    in_session = pl.col("is_interaction") & (pl.col("time_precision") == TimePrecision.INSTANT)
    numbered = touchpoints.with_row_index("row")
    members = numbered.filter(in_session).select("row", "customer_key", "event_key", "occurred_at")
    starts = session_starts(
        members["customer_key"].to_numpy(),
        members["occurred_at"].dt.epoch("us").to_numpy(),
        timeout,
        max_duration,
    )
    sessions = members.with_columns(starts=pl.Series(starts, dtype=pl.Boolean)).select(
        "row",
        session_key=pl.when("starts").then("event_key").forward_fill(),
        session_index=pl.col("starts").cast(pl.Int32).cum_sum().over("customer_key"),
    )
    return numbered.join(sessions, on="row", how="left", maintain_order="left").drop("row")


def session_starts(
    customer: npt.NDArray[np.uint64], at: Positions, timeout: timedelta, max_duration: timedelta | None
) -> npt.NDArray[np.bool_]:
    """Which interactions start a session.

    Args:
        customer: Customer of each interaction; equal ones stand together.
        at: Microseconds, ascending within a customer.
        timeout: Longest gap inside a session.
        max_duration: Longest session; None for no limit.
    """
    starts = np.ones(len(at), dtype=np.bool_)
    if len(at) > 1:
        starts[1:] = (customer[1:] != customer[:-1]) | (np.diff(at) > timeout // timedelta(microseconds=1))
    if max_duration is not None:
        _cut_long_sessions(starts, at, max_duration // timedelta(microseconds=1))
    return starts


def _cut_long_sessions(starts: npt.NDArray[np.bool_], at: Positions, limit: int) -> None:
    """Cut sessions that last too long, in place: each pass makes the next cut in all of them at once."""
    first = np.flatnonzero(starts)
    end = np.append(first[1:], len(at))
    while len(first):
        too_long = at[end - 1] - at[first] > limit
        first, end = first[too_long], end[too_long]
        first = _first_later_than(at, first, end, at[first] + limit)
        starts[first] = True


def _first_later_than(at: Positions, low: Positions, high: Positions, limit: Positions) -> Positions:
    """For each range ``low..high`` of ascending times the first position later than its limit: bisection of all."""
    low, high = low.copy(), high.copy()
    while (open_ := low < high).any():
        middle = (low + high) // 2
        later = at[np.minimum(middle, len(at) - 1)] > limit
        high = np.where(open_ & later, middle, high)
        low = np.where(open_ & ~later, middle + 1, low)
    return low


def summarize_sessions(touchpoints: pl.DataFrame) -> pl.DataFrame:
    """One row per session, from touchpoints with sessions and stages.

    Returns:
        The columns of ``journeys.sessions``: entry columns are those of the first interaction, ``stage`` is that of the
        last mapped one.
    """
    return (
        touchpoints.filter(pl.col("session_key").is_not_null())
        .group_by("session_key", maintain_order=True)
        .agg(
            pl.col("customer_key", "session_index").first(),
            started_at=pl.col("occurred_at").first(),
            ended_at=pl.col("occurred_at").last(),
            entry_channel=pl.col("entry_channel").first(),
            entry_source=pl.col("campaign_source").first(),
            entry_medium=pl.col("campaign_medium").first(),
            entry_campaign=pl.col("campaign_name").first(),
            touchpoints_count=pl.len().cast(pl.Int32),
            stage=pl.col("mapped_stage").drop_nulls().last(),
        )
    )
