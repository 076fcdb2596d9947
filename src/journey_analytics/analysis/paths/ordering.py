"""Events by entity and in each entity in order: sorts of integers, part by part, so that parts fit into the cache."""

import itertools
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.segments import Flags, Rows, Segments, changes
from journey_analytics.arrays.sorting import Keys, rows_by_key

Times = npt.NDArray[np.int64]
"""Times in microseconds since 1970."""

Numbers = npt.NDArray[np.int32]
"""Numbers of names, entities or customers, from 0."""

Places = npt.NDArray[np.uint32]
"""Places of rows, in few bytes."""

Part = TypeVar("Part")
Result = TypeVar("Result")

_KEY_BITS = 64
_MOST_PART_BITS = 8
_ROWS_PER_PART = 120_000
_ROWS_PER_BATCH = 250_000


@dataclass(frozen=True)
class Ordered:
    """Rows by key, and for each key in order.

    Attributes:
        rows: The rows, as they came.
        row: Which of them stands at each place.
        names: The different names, in the order of the alphabet.
        code: Number of the name at each place.
        at: Time at each place.
        entities: The places of each key.
    """

    rows: pl.DataFrame
    row: Places
    names: list[str]
    code: Numbers
    at: Times
    entities: Segments


def in_order(rows: pl.DataFrame) -> Ordered:
    """Put rows in order: by key, then by time, by columns that begin with ``order`` (null last), and by name.

    Args:
        rows: ``key`` (a hash), ``at`` (microseconds) and ``name`` (categories), and whatever else.
    """
    times = rows["at"].to_numpy()
    names, codes = _coded(rows["name"])
    is_by_time = bool((times[1:] >= times[:-1]).all())
    parts, (key, row, at, own_code) = _parted(rows["key"].to_numpy(), times, codes)
    code = np.empty(len(key), dtype=np.int32)
    is_first, is_new = np.empty((2, len(key)), dtype=np.bool_)

    def put(part: slice) -> None:
        by_time = np.arange(part.stop - part.start)
        if not is_by_time:
            by_time = rows_by_key((at[part] - at[part].min()).view(np.uint64))
        place, is_first[part] = _by_key(key[part][by_time])
        place = by_time[place]
        row[part], at[part], code[part] = row[part][place], at[part][place], own_code[part][place]
        is_new[part] = is_first[part] | changes(at[part])

    in_threads(put, parts)
    if not is_new.all():
        tied = _settle_ties(row, is_new, rows.select(pl.col("^order .*$"), code=pl.Series(codes)))
        code[tied] = codes[row[tied]]
    return Ordered(rows, row, names, code, at, Segments.starting(is_first))


def key_numbers(key: Keys) -> tuple[Numbers, int]:
    """The same number for the same key, from 0, and how many keys there are."""
    parts, (own_key, row) = _parted(key)
    is_first = np.empty(len(key), dtype=np.bool_)

    def put(part: slice) -> None:
        place, is_first[part] = _by_key(own_key[part])
        row[part] = row[part][place]

    in_threads(put, parts)
    number = np.empty(len(key), dtype=np.int32)
    number[row] = np.cumsum(is_first, dtype=np.int32) - np.int32(1)
    return number, int(np.count_nonzero(is_first))


def in_threads(work: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
    """The results of all parts, in their order; as many at once as Polars has threads."""
    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
        return list(threads.map(work, parts))


def _coded(name: pl.Series) -> tuple[list[str], npt.NDArray[np.unsignedinteger]]:
    """The different names in the order of the alphabet, and the number of each row's, in as few bytes as possible."""
    different = name.unique()
    category, text = different.to_physical().to_numpy(), different.cast(pl.String)
    names = text.sort()
    number_of = np.zeros(int(category.max(initial=0)) + 1, dtype=np.min_scalar_type(len(names)))
    number_of[category] = names.search_sorted(text)
    return names.to_list(), number_of[name.to_physical().to_numpy()]


def _parted(key: Keys, *columns: npt.NDArray[Any]) -> tuple[list[slice], list[npt.NDArray[Any]]]:
    """Rows of some keys each together, by the upper bits of the keys, in each part as they stood.

    So many columns are read at places all over the memory but once: rows are parted in batches that fit into the cache.

    Returns:
        The places of each part; and the keys, the rows and other columns at all places.
    """
    bits = min(_MOST_PART_BITS, (len(key) // _ROWS_PER_PART).bit_length())
    # Numbers of one byte are sorted by counting them.
    part = (key >> np.uint64(_KEY_BITS - _MOST_PART_BITS)).astype(np.uint8) >> np.uint8(_MOST_PART_BITS - bits)
    batches = [slice(start, start + _ROWS_PER_BATCH) for start in range(0, len(key), _ROWS_PER_BATCH)]
    counts = np.array([np.bincount(part[batch], minlength=1 << bits) for batch in batches]).reshape(-1, 1 << bits)
    ends = np.cumsum(counts.T).reshape(counts.T.shape).T
    found = [np.empty_like(key), np.empty(len(key), dtype=np.uint32), *map(np.empty_like, columns)]

    def put(number: int) -> None:
        batch, count = batches[number], counts[number]
        order = np.argsort(part[batch], kind="stable")
        place = np.arange(len(order)) + np.repeat(ends[number] - np.cumsum(count), count)
        found[1][place] = order + batch.start
        for to, column in zip([found[0], *found[2:]], [key, *columns], strict=True):
            to[place] = column[batch][order]

    in_threads(put, range(len(batches)))
    stops = np.cumsum(counts.sum(axis=0))
    return [slice(*ends) for ends in itertools.pairwise([0, *stops.tolist()]) if ends[0] < ends[1]], found


def _by_key(key: Keys) -> tuple[Rows, Flags]:
    """Places in the order of keys, equal ones as they stand; and whether each is the first of its key."""
    # What all keys of a part have in common would leave fewer bits to tell them apart.
    place = rows_by_key(key - key.min())
    return place, changes(key[place])


def _settle_ties(row: Places, is_new: Flags, ties: pl.DataFrame) -> Rows:
    """Put rows of one key and time in order, in place, and tell their places.

    Args:
        row: Which row stands at each place.
        is_new: Whether key or time is another than at the place before.
        ties: What orders rows of one key and time, ``code`` last.
    """
    is_open = ~is_new
    is_open[:-1] |= is_open[1:]
    tied = np.flatnonzero(is_open)
    run, own = np.cumsum(is_new[tied]), ties[row[tied]]
    if ties.width == 1:
        place = rows_by_key(own["code"].to_numpy())
        place = place[rows_by_key(run[place].view(np.uint64))]
    else:
        by = [column for column in ties.columns if column != "code"]
        runs = own.with_columns(run=pl.Series(run))
        place = runs.select(pl.arg_sort_by("run", *by, "code", nulls_last=True)).to_series().to_numpy()
    row[tied] = row[tied[place]]
    return tied
