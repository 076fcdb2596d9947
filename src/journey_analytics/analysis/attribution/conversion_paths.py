"""Conversion paths: the touches that lead to each conversion, and those that have led to none."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.attribution.touch_paths import ConversionPaths, without_gaps
from journey_analytics.analysis.event_log import check_columns, micros_of
from journey_analytics.analysis.paths.ordering import Numbers
from journey_analytics.analysis.paths.sequences import Sequences, sequences_of
from journey_analytics.arrays.segments import Flags, Rows, Segments, changes
from journey_analytics.errors import UsageError

NO_TOUCH = "(none)"
"""Channel of a conversion without any touch."""

_MICROSECOND = timedelta(microseconds=1)
_TOUCH, _CONVERSION = 0, 1


def conversion_paths(
    touches: pl.DataFrame | pl.LazyFrame,
    conversions: pl.DataFrame | pl.LazyFrame,
    *,
    customer: str = "customer_id",
    time: str = "occurred_at",
    channel: str = "channel",
    until: str | None = None,
    order: Sequence[str] = (),
    value: str | None = None,
    look_back: timedelta | None = timedelta(days=90),
    since: datetime | None = None,
    watermark: datetime | None = None,
) -> ConversionPaths:
    """Find the touches before each conversion.

    A conversion's path holds the touches since the customer's previous conversion, none earlier than the look-back,
    those of its own time included; and the session that it happened in, whenever that began. Touches that stand in no
    path of a conversion make paths without one, those between two conversions together; the ones after the last only
    once the look-back of the latest of them is over at the watermark, because until then a conversion may still come.

    Args:
        touches: Sessions, by the time they began, or single touchpoints.
        conversions: Conversions of the same customers, by the same names of columns.
        customer: Column of the customer.
        time: Column of the time.
        channel: Column of the channel of touches, or of whatever else credit goes to.
        until: Column of touches: when the session ended, if they are sessions.
        order: Columns of touches that order those of the same time.
        value: Column of conversions: what each is worth, net and in one currency; without, nothing.
        look_back: How long before a conversion a touch may lie; None for any time.
        since: Paths that ended before are left out: by their conversion, or by the last touch of one without. What they
            hold still counts as theirs. By default none is.
        watermark: Time up to which the data are complete; by default the greatest time in them.

    Raises:
        UsageError: A column is missing or of another kind, or the look-back is negative.
    """
    if look_back is not None and look_back < timedelta(0):
        raise UsageError(f"The look-back is negative: {look_back}.", hint="Give how long a touch may lie back.")
    log = _together(touches.lazy(), conversions.lazy(), customer, time, channel, until, order, value)
    ties = [f"order {column}" for column in order]
    found = sequences_of(
        log,
        entity="customer",
        time="time",
        event="channel",
        order=["kind", *ties, "value"],
        columns=["kind", "until", "value"],
    )
    back = None if look_back is None else look_back // _MICROSECOND
    greatest = int(found.at.max(initial=np.iinfo(np.int64).min))
    complete = greatest if watermark is None else int(pl.Series([watermark]).dt.epoch("us")[0])
    paths, ended = _paths(found, back, complete)
    return paths if since is None else paths.only(ended >= micros_of(since))


def _together(
    touches: pl.LazyFrame, conversions: pl.LazyFrame, customer: str, time: str, channel: str, until: str | None,
    order: Sequence[str], value: str | None,
) -> pl.LazyFrame:  # fmt: skip
    """Touches and conversions as one log; of the same time touches come first."""
    ends, worth = [until] if until else [], [value] if value else []
    check_columns(touches.collect_schema(), times=[time, *ends], texts=[channel], others=[customer, *order])
    check_columns(conversions.collect_schema(), times=[time], others=[customer, *worth])
    at = pl.col(time).dt.epoch("us").cast(pl.Datetime("us"))
    one = touches.filter(pl.col(channel).is_not_null()).select(
        customer=pl.col(customer),
        time=at,
        channel=pl.col(channel).cast(pl.String),
        kind=pl.lit(_TOUCH, dtype=pl.Int8),
        until=pl.max_horizontal(pl.col(until).dt.epoch("us"), pl.col(time).dt.epoch("us")) if until else None,
        value=pl.lit(0.0),
        **{f"order {column}": pl.col(column) for column in order},
    )
    other = conversions.select(
        customer=pl.col(customer),
        time=at,
        channel=pl.lit(NO_TOUCH),
        kind=pl.lit(_CONVERSION, dtype=pl.Int8),
        value=pl.col(value).cast(pl.Float64).fill_null(0.0) if value else 0.0,
    )
    return pl.concat([one.cast({"until": pl.Int64}), other], how="diagonal")


def _paths(found: Sequences, back: int | None, complete: int) -> tuple[ConversionPaths, npt.NDArray[np.int64]]:
    """Paths, and when each ended."""
    is_conversion = found.columns["kind"].to_numpy() == _CONVERSION
    touch, conversion = np.flatnonzero(~is_conversion), np.flatnonzero(is_conversion)
    earlier = np.cumsum(~is_conversion) - ~is_conversion
    # The stretch since the previous conversion is told apart by how many there were before, in all customers.
    stretch = Segments.starting(changes(found.entity, np.cumsum(is_conversion) - is_conversion))
    begins = np.repeat(earlier[stretch.first], stretch.lengths)
    first, end = begins[conversion], earlier[conversion]
    if back is not None:
        first = _first_from(found.at[touch], first, end, found.at[conversion] - back)
    own = _own_session(found, touch, conversion)
    own[own >= first] = -1
    is_used = np.zeros(len(touch) + 1, dtype=np.int64)
    np.add.at(is_used, first, 1)
    np.add.at(is_used, end, -1)
    is_free = np.cumsum(is_used)[:-1] == 0
    is_free[own[own >= 0]] = False
    null_touch = np.flatnonzero(is_free)
    null_paths, null_touch, open_count = _null_paths(found, touch, null_touch, begins, back, complete)
    sizes = end - first + (own >= 0)
    lengths = np.concatenate([np.maximum(sizes, 1), null_paths.lengths])
    place = np.concatenate([_expanded(first, own, sizes), null_touch])
    starts = np.cumsum(lengths) - lengths
    paths = Segments(starts, int(lengths.sum()))
    is_touch = place >= 0
    names, code = _channels(found, touch, place)
    at = np.concatenate([found.at[conversion], np.zeros(len(null_paths), dtype=np.int64)])
    before = np.zeros(len(place), dtype=np.int64)
    before[is_touch] = paths.spread(at)[is_touch] - found.at[touch[place[is_touch]]]
    before[paths.rows_count - len(null_touch) :] = 0
    ones, zeros = np.ones(len(conversion)), np.zeros(len(null_paths))
    ended = np.concatenate([found.at[conversion], found.at[touch[null_touch[null_paths.last]]]])
    made = ConversionPaths(
        names,
        code,
        before,
        paths,
        np.concatenate([ones, zeros]),
        np.concatenate([found.columns["value"].to_numpy()[conversion], zeros]),
        np.concatenate([np.zeros(len(conversion)), np.ones(len(null_paths))]),
        np.concatenate([found.entity[conversion], found.entity[touch[null_touch[null_paths.first]]]]).astype(np.int64),
        len(found.entities),
        open_count,
    )
    return made, ended


def _channels(found: Sequences, touch: Rows, place: Rows) -> tuple[list[str], Numbers]:
    """The channels that occur, and the number of that of each touch."""
    code = np.full(len(place), found.names.index(NO_TOUCH) if NO_TOUCH in found.names else 0, dtype=np.int32)
    is_touch = place >= 0
    code[is_touch] = found.code[touch[place[is_touch]]]
    return without_gaps(found.names, code)


def _first_from(at: npt.NDArray[np.int64], first: Rows, end: Rows, bound: npt.NDArray[np.int64]) -> Rows:
    """In each stretch of ascending times the first that is not before a bound; the end where none is."""
    low, high = first.copy(), end.copy()
    while (is_open := low < high).any():
        middle = (low + high) // 2
        is_early = np.zeros(len(low), dtype=np.bool_)
        is_early[is_open] = at[middle[is_open]] < bound[is_open]
        low = np.where(is_early, middle + 1, low)
        high = np.where(is_open & ~is_early, middle, high)
    return low


def _own_session(found: Sequences, touch: Rows, conversion: Rows) -> Rows:
    """The touch that each conversion happened in, by when sessions ended; -1 where there is none."""
    none = np.full(len(conversion), -1, dtype=np.int64)
    until = found.columns["until"]
    if not len(touch) or until.null_count() == len(until):
        return none
    ended = until.fill_null(np.iinfo(np.int64).min).to_numpy()[touch]
    by_end = np.argsort(ended, kind="stable")
    rank = np.empty(len(touch), dtype=np.int64)
    rank[by_end] = np.arange(len(touch))
    latest = np.maximum.accumulate(found.entity[touch].astype(np.int64) * len(touch) + rank)
    before = np.searchsorted(touch, conversion) - 1
    best = latest[np.maximum(before, 0)]
    which = by_end[best % len(touch)]
    is_in = (before >= 0) & (best // len(touch) == found.entity[conversion]) & (ended[which] >= found.at[conversion])
    return np.where(is_in, which, none)


def _null_paths(
    found: Sequences, touch: Rows, free: Rows, begins: Rows, back: int | None, complete: int
) -> tuple[Segments, Rows, int]:
    """Paths of the touches that led to no conversion, and how many are still open."""
    row = touch[free]
    paths = Segments.starting(changes(found.entity[row], begins[row]))
    if back is None or not len(paths):
        return paths, free, 0
    # A conversion behind it, or a look-back that is over, closes a path.
    last = row[paths.last]
    is_conversion = found.columns["kind"].to_numpy() == _CONVERSION
    latest = np.full(len(found.entities), -1, dtype=np.int64)
    latest[found.entity[is_conversion]] = np.flatnonzero(is_conversion)
    is_closed: Flags = (last < latest[found.entity[last]]) | (found.at[last] + back < complete)
    kept = paths.spread(is_closed)
    return Segments.starting(changes(found.entity[row[kept]], begins[row[kept]])), free[kept], int((~is_closed).sum())


def _expanded(first: Rows, own: Rows, sizes: Rows) -> Rows:
    """The touches of each conversion: its own session, then those from the first on; -1 for a path without any."""
    lengths = np.maximum(sizes, 1)
    starts = np.cumsum(lengths) - lengths
    place = np.arange(lengths.sum()) - np.repeat(starts + (own >= 0), lengths) + np.repeat(first, lengths)
    place[starts[own >= 0]] = own[own >= 0]
    place[starts[sizes == 0]] = -1
    return place
