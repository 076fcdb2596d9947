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
from journey_analytics.arrays.segments import Flags, Rows, Segments, changes
from journey_analytics.arrays.sorting import rows_by_key
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
        customer: Hash of its customer.
        paths: Which of them make each path.
        goes_on: For each path, whether more items would follow.
        customers_count: Customers with any item, whether in a path or not.
    """

    names: pl.Series
    code: Codes
    at: Rows
    customer: npt.NDArray[np.uint64]
    paths: Segments
    goes_on: Flags
    customers_count: int


def path_items(events: pl.DataFrame | pl.LazyFrame, paths: Paths, columns: LogColumns) -> PathItems:
    """Find the paths of an event log.

    Raises:
        UsageError: A column is missing or of another kind, or an expression does not fit.
    """
    frame = _events(events, paths, columns)
    names = frame["item"].unique().sort()
    code = frame["item"].cast(pl.Enum(names)).to_physical().cast(pl.Int64)
    orders = [name for name in frame.columns if name.startswith("order_")]
    place = frame.select("at", *orders, code=code).with_row_index("place")
    by_time = place.sort("at", *orders, "code", "place")["place"].to_numpy().astype(np.int64)
    rows = by_time[rows_by_key(frame["key"].to_numpy()[by_time])]
    key, at = frame["key"].to_numpy()[rows], frame["at"].to_numpy()[rows]
    found = code.to_numpy()[rows]
    begins = changes(key)
    if not paths.session:
        begins |= np.diff(at, prepend=at[:1]) > paths.gap // timedelta(microseconds=1)
    if paths.collapse and len(rows):
        is_repeated = np.append((found[1:] == found[:-1]) & ~begins[1:], np.False_)
        path = np.cumsum(begins) - 1
        kept = np.flatnonzero(~is_repeated)
        rows, found, at = rows[kept], found[kept], at[kept]
        begins = changes(path[kept])
    customer = frame["customer"].to_numpy()
    segments = Segments.starting(begins)
    items = PathItems(
        pl.concat([names, pl.Series([CUT])]), found, at, customer[rows], segments,
        np.zeros(len(segments), dtype=np.bool_), frame["customer"].n_unique(),
    )  # fmt: skip
    return _shortened(_cut(items, paths), paths)


def _events(events: pl.DataFrame | pl.LazyFrame, paths: Paths, columns: LogColumns) -> pl.DataFrame:
    """Events with an item: what has to stand together (``key``), ``customer``, ``at``, ``item``, ``order_0``, ..."""
    log = columns.checked(events, paths.item, paths.session, *paths.order).filter(columns.is_known)
    item = columns.name if paths.item is None else pl.col(paths.item) if isinstance(paths.item, str) else paths.item
    customer = pl.col(columns.entity).hash()
    wanted = {
        "key": pl.struct(columns.entity, paths.session).hash() if paths.session else customer,
        "customer": customer,
        "at": columns.micros,
        "item": item.cast(pl.String),
    } | {f"order_{place}": pl.col(name) for place, name in enumerate(paths.order)}
    with fitting_expressions():
        return log.select(**wanted).filter(pl.col("item").is_not_null()).collect(engine="streaming")


def _kept(items: PathItems, is_kept: Flags, goes_on: Flags | None = None) -> PathItems:
    """Some items; paths of which nothing is left are gone."""
    path = items.paths.spread(np.arange(len(items.paths)))[is_kept]
    begins = changes(path)
    goes_on = items.goes_on if goes_on is None else goes_on
    return PathItems(
        items.names, items.code[is_kept], items.at[is_kept], items.customer[is_kept], Segments.starting(begins),
        goes_on[path[begins]], items.customers_count,
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
    length = items.paths.spread(items.paths.lengths)
    position = items.paths.numbers()
    if paths.end is None:
        return _kept(items, position <= paths.steps, items.paths.lengths > paths.steps)
    if paths.start is None:
        return _kept(items, length - position < paths.steps)
    half = paths.steps // 2
    is_middle = (length > paths.steps) & (position > half) & (position + half <= length)
    is_gap = is_middle & (position == half + 1)
    items.code[is_gap] = len(items.names) - 1
    return _kept(items, ~is_middle | is_gap)
