"""Sequences: what customers did, laid out step by step, so that one array operation serves all who have that step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Codes = npt.NDArray[np.integer]

CUSTOMERS_PER_PART = 8_192
"""So many that arrays of one step stay near the processor, and Python's own time per step does not count."""


@dataclass(frozen=True)
class Sequences:
    """Observations of some customers, those of every first step first, then those of every second step, and so on.

    Customers stand by falling length, so that those who have a step are always the first ones.

    Attributes:
        row: Where each observation stands among the rows given.
        customer: Number of each customer.
        starts: Where each step starts; a last number more than there are steps, which is the number of observations.
        symbol: Number of the symbol seen.
        gap: Days since the customer's observation before; 0 for the first.
        silence: Days from each customer's last observation to the watermark.
    """

    row: Rows
    customer: Rows
    starts: Rows
    symbol: Codes
    gap: Floats
    silence: Floats

    def __len__(self) -> int:
        return len(self.row)

    @property
    def customers_count(self) -> int:
        """How many customers there are."""
        return len(self.silence)

    def steps(self) -> Iterator[tuple[int, int]]:
        """First place and the one after the last, for each step."""
        bounds = self.starts.tolist()
        return pairwise(bounds)

    @property
    def last(self) -> Rows:
        """Place of each customer's last observation."""
        lengths = np.searchsorted(-np.diff(self.starts), -np.arange(self.customers_count), side="left")
        return self.starts[lengths - 1] + np.arange(self.customers_count)

    @property
    def previous(self) -> Rows:
        """Place of the same customer's observation before, for all but the first step."""
        sizes = np.diff(self.starts)
        return np.arange(self.customers_count, len(self)) - np.repeat(sizes[:-1], sizes[1:])

    def every(self, which: int) -> "Sequences":
        """The observations of every so manieth customer."""
        customer = np.arange(len(self)) - np.repeat(self.starts[:-1], np.diff(self.starts))
        kept = customer % which == 0
        starts = np.append(0, np.cumsum(kept))[self.starts]
        return Sequences(
            self.row[kept], self.customer[::which], starts, self.symbol[kept], self.gap[kept], self.silence[::which]
        )


def sequences_of(
    first: Rows,
    customer: Rows,
    symbol: Codes,
    gap: Floats,
    silence: Floats,
    customers_per_part: int = CUSTOMERS_PER_PART,
) -> list[Sequences]:
    """Lay out observations that stand customer by customer, in the order of time.

    Args:
        first: First row of each customer, ascending.
        customer: Number of each customer.
        symbol: Number of the symbol of each row.
        gap: Days since the row before; whatever it says of a customer's first row is not looked at.
        silence: Days from the last row of each customer to the watermark.
        customers_per_part: Most customers of a part. Parts are independent of each other.
    """
    lengths = np.diff(first, append=len(symbol))
    order = np.argsort(-lengths, kind="stable")

    def part(of: Rows) -> Sequences:
        having = np.searchsorted(-lengths[of], -np.arange(1, int(lengths[of[0]]) + 1), side="right")
        starts = np.append(0, np.cumsum(having))
        column = np.arange(starts[-1]) - np.repeat(starts[:-1], having)
        row = first[of][column] + np.repeat(np.arange(len(having)), having)
        gaps = gap[row]
        gaps[: having[0]] = 0.0
        return Sequences(row, customer[of], starts, symbol[row], gaps, silence[of])

    return [part(order[start : start + customers_per_part]) for start in range(0, len(order), customers_per_part)]


def customers_of(parts: Sequence[Sequences]) -> int:
    """How many customers the parts have."""
    return sum(part.customers_count for part in parts)
