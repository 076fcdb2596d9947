"""Items that customers go through one after the other, session by session: what flows and whole paths are counted from.

Paths are segments of arrays that are sorted once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.event_log import LogColumns, fitting_expressions
from journey_analytics.analysis.paths.ordering import Numbers, in_order, key_numbers
from journey_analytics.arrays.segments import Flags, Rows, Segments, changes
from journey_analytics.errors import UsageError

CUT = "(...)"
"""Stands for the middle of a path of which both ends are shown."""

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Paths:
    """What makes a path.

    Attributes:
        item: What it goes through: a column or expression, by default the names of events; null leaves an event out.
        session: Column that says which events belong together; by default they do as long as no gap is longer.
        gap: Longest time between two events of a path, the end included; for paths without a session.
        start: Item with which paths begin: what comes before is cut off, paths without it are left out.
        end: Item with which they end, at its first occurrence, likewise.
        steps: How many items are kept, at most: the first ones, or the last ones where there is an ``end`` alone; with
            both points half of them from each side.
        collapse: Whether equal items in a row count as one, at the time of the last.
        order: Columns that order events of the same time; then their items do.
    """

    item: str | pl.Expr | None = None
    session: str | None = None
    gap: timedelta = timedelta(minutes=30)
    start: str | None = None
    end: str | None = None
    steps: int = 5
    collapse: bool = True
    order: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check what can be checked without the events.

        Raises:
            UsageError: A path would have no steps, or the gap is negative.
        """
        if self.steps < 1 or self.gap < timedelta(0):
            raise UsageError(
                f"Paths of {self.steps} items with gaps of up to {self.gap}.",
                hint="Give at least one item, and a gap that is not negative.",
            )


@dataclass(frozen=True)
class PathItems:
    """Items of all paths, one after the other.

    Attributes:
        names: Names of items by their code, in alphabetical order; the last one is that of a gap.
        code: Code of each item.
        at: Its time, in microseconds since 1970.
        customer: Number of the customer of each path.
        paths: Which items make each path.
        goes_on: For each path, whether more items would follow.
        customers_count: Customers with any item, whether in a path or not.
    """

    names: pl.Series
    code: Codes
    at: Rows
    customer: Numbers
    paths: Segments
    goes_on: Flags
    customers_count: int


def path_items(events: pl.DataFrame | pl.LazyFrame, paths: Paths, columns: LogColumns) -> PathItems:
    """Find the paths of an event log.

    Raises:
        UsageError: A column is missing or of another kind, or an expression does not fit.
    """
    ordered = in_order(_events(events, paths, columns))
    at, code = ordered.at, ordered.code
    place = np.arange(len(at))
    begins = np.zeros(len(at), dtype=np.bool_)
    begins[ordered.entities.first] = True
    if not paths.session:
        begins |= np.diff(at, prepend=at[:1]) > paths.gap // timedelta(microseconds=1)
    if paths.collapse and len(at):
        # The last of equal ones stays; a path begins where the first one did.
        is_kept = np.append((code[1:] != code[:-1]) | begins[1:], np.True_)
        path = np.cumsum(begins, dtype=np.int32)
        place, code, at, begins = place[is_kept], code[is_kept], at[is_kept], changes(path[is_kept])
    segments = Segments.starting(begins)
    customer, customers_count = (
        ordered.entities.spread(np.arange(len(ordered.entities), dtype=np.int32)),
        len(ordered.entities),
    )
    if paths.session:
        customer, customers_count = key_numbers(ordered.rows["customer"].to_numpy()[ordered.row])
    items = PathItems(
        pl.Series([*ordered.names, CUT], dtype=pl.String), code.astype(np.int64), at,
        customer[place[segments.first]], segments, np.zeros(len(segments), dtype=np.bool_),
        customers_count,
    )  # fmt: skip
    return _shortened(_cut(items, paths), paths)


def _events(events: pl.DataFrame | pl.LazyFrame, paths: Paths, columns: LogColumns) -> pl.DataFrame:
    """Events with an item: what has to stand together (``key``), ``customer``, ``at``, ``name``, ``order 0``, ..."""
    log = columns.checked(events, paths.item, paths.session, *paths.order).filter(columns.is_known)
    item = columns.name if paths.item is None else pl.col(paths.item) if isinstance(paths.item, str) else paths.item
    customer = pl.col(columns.entity).hash()
    wanted = {
        "key": pl.struct(columns.entity, paths.session).hash() if paths.session else customer,
        **({"customer": customer} if paths.session else {}),
        "at": columns.micros,
        "name": item.cast(pl.String).cast(pl.Categorical),
    } | {f"order {place}": pl.col(name) for place, name in enumerate(paths.order)}
    with fitting_expressions():
        return log.select(**wanted).filter(pl.col("name").is_not_null()).collect(engine="streaming")


def _kept(items: PathItems, is_kept: Flags, goes_on: Flags | None = None) -> PathItems:
    """Some items; paths of which nothing is left are gone."""
    path = items.paths.spread(np.arange(len(items.paths), dtype=np.int32))[is_kept]
    begins = changes(path)
    goes_on, which = items.goes_on if goes_on is None else goes_on, path[begins]
    return PathItems(
        items.names, items.code[is_kept], items.at[is_kept], items.customer[which], Segments.starting(begins),
        goes_on[which], items.customers_count,
    )  # fmt: skip


def _first_of(items: PathItems, name: str) -> Rows:
    """Position at which a name first occurs in each path; 0 where it does not."""
    code = items.names.index_of(name)
    rows = np.flatnonzero(items.code == (-1 if code is None else code))
    path = items.paths.spread(np.arange(len(items.paths)))[rows]
    found = np.zeros(len(items.paths), dtype=np.int64)
    # From the last to the first, which stays.
    found[path[::-1]] = items.paths.numbers()[rows][::-1]
    return found


def _cut(items: PathItems, paths: Paths) -> PathItems:
    """Paths from the first occurrence of the start, up to the first one of the end after it."""
    if paths.start is not None:
        first = items.paths.spread(_first_of(items, paths.start))
        items = _kept(items, (first > 0) & (items.paths.numbers() >= first))
    if paths.end is not None:
        items = _kept(items, items.paths.numbers() <= items.paths.spread(_first_of(items, paths.end)))
    return items


def _shortened(items: PathItems, paths: Paths) -> PathItems:
    """Paths of as many items as are asked for."""
    position = items.paths.numbers()
    if paths.end is None:
        return _kept(items, position <= paths.steps, items.paths.lengths > paths.steps)
    length = items.paths.spread(items.paths.lengths)
    if paths.start is None:
        return _kept(items, length - position < paths.steps)
    half = paths.steps // 2
    is_middle = (length > paths.steps) & (position > half) & (position + half <= length)
    is_gap = is_middle & (position == half + 1)
    items.code[is_gap] = len(items.names) - 1
    return _kept(items, ~is_middle | is_gap)
