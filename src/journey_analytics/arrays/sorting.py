"""Rows in the order of one number each, and what different numbers there are.

A plain sort of integers, which a processor does many at a time, is many times faster than a stable sort of rows: each
integer holds the upper bits of what is sorted by and, below them, where the row stood. The few rows that the upper bits
leave open are put in order afterwards.
"""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from journey_analytics.arrays.segments import Rows, Segments, changes

Keys = npt.NDArray[np.uint64]
Integer = TypeVar("Integer", bound=np.integer[Any])

_BITS = 64


def rows_by_key(key: Keys) -> Rows:
    """Rows in the order of their keys, equal keys as they stand."""
    rows, shift = rows_by_upper_bits(key)
    if shift:
        _part_keys(rows, key, shift)
    return rows


def rows_by_upper_bits(values: Keys) -> tuple[Rows, int]:
    """Rows in the order of their values' upper bits, then as they stand; and how many lower bits were left out."""
    row_bits = len(values).bit_length()
    shift = max(0, int(values.max(initial=0)).bit_length() + row_bits - _BITS)
    packed = values >> np.uint64(shift)
    packed <<= np.uint64(row_bits)
    packed |= np.arange(len(values), dtype=np.uint64)
    packed.sort()
    packed &= np.uint64((1 << row_bits) - 1)
    return packed.view(np.int64), shift


def counted(values: npt.NDArray[Integer]) -> tuple[npt.NDArray[Integer], Rows]:
    """The different values, ascending, and how often each occurs."""
    # np.unique looks integers up in a hash table, which takes twenty times as long.
    ordered = np.sort(values)
    runs = Segments.starting(changes(ordered))
    return ordered[runs.first], runs.lengths


def numbered(values: npt.NDArray[Integer]) -> tuple[npt.NDArray[Integer], Rows]:
    """The different values, ascending, and the place of each value among them."""
    different, _ = counted(values)
    return different, np.searchsorted(different, values)


def _part_keys(rows: Rows, key: Keys, shift: int) -> None:
    """Put keys apart, in place, whose upper bits are the same: two of millions."""
    ordered = key[rows]
    is_new = changes(ordered)
    starts = ordered[is_new] >> np.uint64(shift)
    if changes(starts).all():
        return
    prefixes = Segments.starting(changes(ordered >> np.uint64(shift)))
    mixed = np.flatnonzero(prefixes.spread(prefixes.counts(is_new) > 1))
    rows[mixed] = rows[mixed[np.argsort(ordered[mixed], kind="stable")]]
