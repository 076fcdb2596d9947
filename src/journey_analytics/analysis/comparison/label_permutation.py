"""Permutation of labels over customers: what two groups would look like, had chance alone put customers into them.

Each customer keeps all they did and gets another label; how many have each label stays. So customers who do much, or
always the same, do not pass for many. Source: Good, Permutation, Parametric and Bootstrap Tests of Hypotheses (2005).
"""

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.bootstrap import MOST_UNITS, CustomerCounts, Floats

_SHUFFLED_AT_ONCE = 4_000_000


def permuted(counts: CustomerCounts, is_compared: npt.NDArray[np.bool_], replicates: int, seed: int = 0) -> Floats:
    """Totals of each column in the compared group, one row per permutation.

    Beyond 4,000 customers groups of customers with one label, all of the same size, are labelled anew, so that the cost
    does not grow with customers.

    Args:
        counts: What was counted of each customer.
        is_compared: Whether each customer is in the compared group.
        replicates: How often labels are permuted.
        seed: The same seed and counts give the same totals, in whatever order customers are numbered.
    """
    random = np.random.default_rng(seed)
    place, size = counts.places(), counts.customers_count
    compared = int(is_compared.sum())
    if size > MOST_UNITS:
        share, size = compared / size, MOST_UNITS
        compared = min(max(round(share * size), 1), size - 1)
        in_order = np.empty(len(place), dtype=np.bool_)
        in_order[place] = is_compared
        place = _units(in_order, compared, random)[place]
    label = np.arange(size) < compared
    amounts = counts.of_units(place, size)
    found = np.empty((replicates, counts.columns_count))
    at_once = max(1, _SHUFFLED_AT_ONCE // max(1, size))
    for start in range(0, replicates, at_once):
        end = min(start + at_once, replicates)
        labels = random.permuted(np.broadcast_to(label, (end - start, size)), axis=1)
        found[start:end] = (amounts.T @ labels.T.astype(np.float64)).T
    return found


def permutation_p_values(found: Floats, permutations: Floats) -> Floats:
    """(1 + how many are as large) / (1 + how many), for each column; the observed order is one of them."""
    # The same counts may differ in the last bit when they are added in another order.
    as_large = (permutations >= found - 1e-9 * np.maximum(1.0, np.abs(found))).sum(axis=0)
    return (1.0 + as_large) / (1.0 + len(permutations))


def _units(
    is_compared: npt.NDArray[np.bool_], compared_units: int, random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """A unit for each customer; the first units are those of the compared group."""
    unit = np.empty(len(is_compared), dtype=np.int64)
    for label, first, size in ((True, 0, compared_units), (False, compared_units, MOST_UNITS - compared_units)):
        own = random.permutation(np.flatnonzero(is_compared == label))
        unit[own] = first + np.arange(len(own)) % size
    return unit
