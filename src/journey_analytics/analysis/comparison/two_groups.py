"""Next steps of two groups as counts: how far apart the groups are at each source.

The likelihood ratio statistic G and Pearson's chi-squared of one table per source, groups by next steps (Agresti,
Categorical Data Analysis, 2013, 3.2). Next steps of which fewer than five are expected in a group are one, "(other)".
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, xlogy

from journey_analytics.arrays.segments import Segments, changes
from journey_analytics.arrays.sorting import numbered

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

LEAST_EXPECTED = 5
"""Below it the distribution of the statistic is not that of chi-squared (Cochran 1954)."""


@dataclass(frozen=True)
class Edges:
    """Pairs of source and next step, those of a source together; rare next steps of a source are one.

    Attributes:
        source: Number of the source of each edge.
        next_step: Number of its next step; ``other`` for the rare ones together.
        of_step: The edge of each step that was counted.
        sources: The edges of each source.
    """

    source: Places
    next_step: Places
    of_step: Places
    sources: Segments

    def counts(self, is_compared: npt.NDArray[np.bool_]) -> Floats:
        """How often each edge was taken by the baseline and by the compared group: two rows."""
        size = len(self.source)
        place = self.of_step + is_compared * size
        return np.bincount(place, minlength=2 * size).reshape(2, size).astype(np.float64)

    def only(self, kept: npt.NDArray[np.bool_]) -> tuple["Edges", npt.NDArray[np.bool_]]:
        """The edges of some sources, and which steps are theirs."""
        is_kept = np.repeat(kept, self.sources.lengths)
        rows = is_kept[self.of_step]
        number, source = np.cumsum(is_kept) - 1, self.source[is_kept]
        of_step = number[self.of_step[rows]]
        return Edges(source, self.next_step[is_kept], of_step, Segments.starting(changes(source))), rows

    def per_source(self, values: Floats) -> Floats:
        """Sums of each source's edges, along the last axis."""
        return np.add.reduceat(values, self.sources.first, axis=-1) if len(self.sources) else values[..., :0]

    def shares(self, counts: Floats) -> Floats:
        """The share of each edge in its source, along the last axis; 0 where the source is empty."""
        whole = self.spread(self.per_source(counts))
        return np.divide(counts, whole, out=np.zeros_like(counts), where=whole > 0)

    def spread(self, values: Floats) -> Floats:
        """For each edge the value of its source, along the last axis."""
        return np.repeat(values, self.sources.lengths, axis=-1)

    def g(self, baseline: Floats, compared: Floats) -> Floats:
        """G of each source; counts along the last axis."""
        both = baseline + compared
        n0, n1 = self.per_source(baseline), self.per_source(compared)
        terms: Floats = np.asarray(
            xlogy(baseline, baseline) + xlogy(compared, compared) - xlogy(both, both), dtype=np.float64
        )
        cells = self.per_source(terms)
        found = 2 * (cells + xlogy(n0 + n1, n0 + n1) - xlogy(n0, n0) - xlogy(n1, n1))
        return np.maximum(found, 0.0)

    def distance(self, difference: Floats, both: Floats) -> Floats:
        """Sum over each source's edges of the squared difference by the share in both groups.

        Times n0 n1 / (n0 + n1) it is Pearson's chi-squared.
        """
        share = self.shares(both)
        # Where nobody is, no difference is either.
        return self.per_source(difference**2 / np.where(share > 0, share, 1.0))

    def p_values(self, g: Floats) -> Floats:
        """Probability of such a G or a larger one, were steps independent and the groups alike."""
        degrees = self.sources.lengths - 1
        return np.where(degrees > 0, chdtrc(np.maximum(degrees, 1), g), 1.0)


def edges_of(
    source: npt.NDArray[Any],
    next_step: npt.NDArray[Any],
    is_compared: npt.NDArray[np.bool_],
    other: int,
    *,
    least_expected: float = LEAST_EXPECTED,
) -> Edges:
    """Find the edges of steps.

    Args:
        source: Number of the source of each step.
        next_step: Number of its next step.
        is_compared: Whether it is one of the compared group.
        other: Number that rare next steps get; greater than all others.
        least_expected: Next steps of which fewer are expected in a group are rare; 0 leaves each by itself.
    """
    width = other + 1
    key = source.astype(np.int64) * width + next_step
    cells, of_cell = numbered(key)
    fine = Edges(cells // width, cells % width, of_cell, Segments.starting(changes(cells // width)))
    counts = fine.counts(is_compared)
    both, smaller = counts.sum(axis=0), fine.per_source(counts).min(axis=0)
    expected = both * fine.spread(smaller / fine.per_source(both))
    pooled = np.where(expected < least_expected, fine.source * width + other, cells)
    kept, of_kept = numbered(pooled)
    return Edges(kept // width, kept % width, of_kept[of_cell], Segments.starting(changes(kept // width)))
