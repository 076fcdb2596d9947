"""Whether two groups differ by more than other customers would have made them: tests by customer, and intervals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.bootstrap import CustomerCounts, Floats, percentile_interval
from journey_analytics.analysis.comparison.label_permutation import permutation_p_values, permuted
from journey_analytics.analysis.comparison.two_groups import Edges

_MOST_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class CustomerTests:
    """What drawing by customer says of sources and edges.

    Attributes:
        is_paired: Whether customers were drawn with both halves, since some are in both groups.
        source_p_values: Of each source: that both groups have the same shares of next steps.
        edge_p_values: Of each edge: that it has the same share in both groups.
        baseline: Lower and upper ends of each edge's share in the baseline.
        compared: Likewise in the compared group.
        difference: Likewise of its share in the compared group less that in the baseline.
    """

    is_paired: bool
    source_p_values: Floats
    edge_p_values: Floats
    baseline: tuple[Floats, Floats]
    compared: tuple[Floats, Floats]
    difference: tuple[Floats, Floats]


def customer_tests(
    edges: Edges,
    is_compared: npt.NDArray[np.bool_],
    customer: npt.NDArray[np.integer],
    replicates: int,
    seed: int,
) -> CustomerTests:
    """Test all edges and their sources.

    Labels are permuted over customers if each is in one group: G of the permuted groups against that of the true ones.
    Else customers are drawn anew with both halves: how far differences of the drawn lie from those that were found,
    against how far these lie from nothing (Efron and Tibshirani 1993, 16.4), in the measure of Pearson's chi-squared.

    Args:
        edges: The edges of steps.
        is_compared: Whether each step is one of the compared group.
        customer: Number of the customer of each step, from 0 without gaps.
        replicates: How often is drawn.
        seed: Of the draws.
    """
    size, customers_count = len(edges.source), int(customer.max(initial=-1)) + 1
    counts = edges.counts(is_compared)
    ones = np.ones(len(customer))
    columns = edges.of_step + is_compared * size
    drawn = CustomerCounts(customer, columns, ones, customers_count, 2 * size).resampled(replicates, seed)
    baseline, compared = edges.shares(drawn[:, :size]), edges.shares(drawn[:, size:])
    moved = compared - baseline
    found = edges.shares(counts[1]) - edges.shares(counts[0])
    has = [np.bincount(customer, weights=own, minlength=customers_count) > 0 for own in (~is_compared, is_compared)]
    is_paired = bool((has[0] & has[1]).any())
    if is_paired:
        both = counts.sum(axis=0)
        source_p = permutation_p_values(
            edges.distance(found, both), _by_parts(lambda part: edges.distance(part, both), moved - found)
        )
        edge_p = permutation_p_values(np.abs(found), np.abs(moved - found))
    else:
        own = CustomerCounts(customer, edges.of_step, ones, customers_count, size)
        shuffled, both = permuted(own, has[1], replicates, seed), counts.sum(axis=0)
        source_p = permutation_p_values(
            edges.g(counts[0], counts[1]), _by_parts(lambda part: edges.g(both - part, part), shuffled)
        )
        away = _by_parts(lambda part: np.abs(edges.shares(part) - edges.shares(both - part)), shuffled)
        edge_p = permutation_p_values(np.abs(found), away)
    ends = [percentile_interval(values) for values in (baseline, compared, moved)]
    return CustomerTests(is_paired, source_p, edge_p, *ends)


def _by_parts(compute: Callable[[Floats], Floats], rows: Floats) -> Floats:
    """Compute for some rows at a time, so that what it needs on the way stays small."""
    at_once = max(1, _MOST_AT_ONCE // max(1, rows.shape[1]))
    return np.concatenate([compute(rows[start : start + at_once]) for start in range(0, len(rows), at_once)])
