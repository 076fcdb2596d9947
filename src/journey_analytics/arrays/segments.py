"""Segments: rows that belong together stand together, so that counting and looking back need no grouping.

Touchpoints are put in order once: a customer's stand together, in them a session's, a journey's, a visit's. From then
on everything is said by where segments start.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
"""Places of rows."""

Flags = npt.NDArray[np.bool_]
"""A yes or no for each row."""

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Segments:
    """Rows cut into segments.

    Attributes:
        first: First row of each segment, ascending; the first of all is row 0.
        rows_count: How many rows there are.
    """

    first: Rows
    rows_count: int

    @classmethod
    def starting(cls, starts: Flags) -> Self:
        """Segments that start where the flags are set; the first row starts one in any case."""
        if len(starts):
            starts[0] = True
        return cls(np.flatnonzero(starts), len(starts))

    def __len__(self) -> int:
        return len(self.first)

    @cached_property
    def end(self) -> Rows:
        """The row after the last one of each segment."""
        return np.append(self.first[1:], self.rows_count) if len(self.first) else self.first

    @property
    def last(self) -> Rows:
        """Last row of each segment."""
        return self.end - 1

    @property
    def lengths(self) -> Rows:
        """How many rows each segment has."""
        return self.end - self.first

    def spread(self, values: Array) -> Array:
        """For each row the value of its segment."""
        return np.repeat(values, self.lengths)

    def numbers(self) -> npt.NDArray[np.int32]:
        """For each row its place within its segment, from 1."""
        rows = np.arange(1, self.rows_count + 1, dtype=np.int32)
        return rows - self.spread(self.first.astype(np.int32))

    def counts(self, flags: Flags) -> npt.NDArray[np.int32]:
        """How many flags are set in each segment."""
        if not len(self.first):
            return np.zeros(0, dtype=np.int32)
        return np.add.reduceat(flags, self.first, dtype=np.int32)

    def since(self, row: Rows) -> Flags:
        """Whether each row stands at or behind a certain row of its segment; that row's number is given, or the end."""
        lengths = np.stack([row - self.first, self.end - row], axis=1)
        return np.repeat(np.tile(np.array([False, True]), len(self.first)), lengths.ravel())


@dataclass(frozen=True)
class Members:
    """Some of many rows, those that belong together one behind the other, and how they are cut into segments.

    Attributes:
        members: Which rows.
        cut: Their segments.
    """

    members: Rows
    cut: Segments

    @property
    def first(self) -> Rows:
        """First row of each segment."""
        return self.members[self.cut.first]

    @property
    def last(self) -> Rows:
        """Last row of each segment."""
        return self.members[self.cut.last]


def changes(*columns: Array) -> Flags:
    """Whether each row differs from the row before in one of the columns; the first one does."""
    found = np.ones(len(columns[0]), dtype=np.bool_)
    if len(found):
        np.not_equal(columns[0][1:], columns[0][:-1], out=found[1:])
        for column in columns[1:]:
            found[1:] |= column[1:] != column[:-1]
    return found


def latest(known: Flags) -> npt.NDArray[np.int32]:
    """For each row the last one up to it that is flagged; -1 where there is none."""
    rows = np.where(known, np.arange(len(known), dtype=np.int32), np.int32(-1))
    return np.maximum.accumulate(rows, out=rows)


def carried(values: Array, known: Flags) -> Array:
    """For each row the value of the last row up to it whose value is known; that of row 0 has to be."""
    found, gaps = values.copy(), np.flatnonzero(~known)
    runs = Segments.starting(changes(gaps - np.arange(len(gaps))))
    found[gaps] = runs.spread(values[gaps[runs.first] - 1])
    return found


def first_later(at: Rows, low: Rows, high: Rows, limit: Rows) -> Rows:
    """For each range ``low..high`` of ascending times the first place later than its limit: bisection of all."""
    low, high = low.copy(), high.copy()
    while (open_ := low < high).any():
        middle = (low + high) // 2
        later = at[np.minimum(middle, len(at) - 1)] > limit
        high = np.where(open_ & later, middle, high)
        low = np.where(open_ & ~later, middle + 1, low)
    return low
