"""Risks of those with something beside those without it who are comparable: stratum by stratum, then put together.

What the exposed would have had at the risks of the others is counted by strata (direct standardisation to the exposed);
the test over the strata is that of Mantel and Haenszel 1959, J. Natl. Cancer Inst. 22:719, without continuity
correction. The interval of the difference joins Wilson's intervals of both rates (Newcombe 1998, Stat. Med. 17:873,
method 10); that of the others is by as many as would tell as much without strata.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from journey_analytics.analysis.intervals import newcombe_bounds, wilson_bounds
from journey_analytics.arrays.segments import Rows

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StratifiedRisks:
    """Risks of the exposed and of comparable others, one value for each thing; NaN where nobody is comparable.

    Attributes:
        exposed: How many exposed have a comparable other.
        lost: Of these, to how many it happened.
        rate: Their risk.
        low: Lower end of its 95 % interval.
        high: Upper end.
        comparable_rate: Risk of the others, by the strata of the exposed.
        difference: Of the two.
        difference_low: Lower end of its 95 % interval.
        difference_high: Upper end.
        p_value: Of the test that both are alike.
    """

    exposed: Rows
    lost: Rows
    rate: Floats
    low: Floats
    high: Floats
    comparable_rate: Floats
    difference: Floats
    difference_low: Floats
    difference_high: Floats
    p_value: Floats


def stratified_risks(
    thing: Rows, exposed: Rows, lost: Rows, others: Rows, others_lost: Rows, things_count: int
) -> StratifiedRisks:
    """Put risks together over strata.

    Args:
        thing: Of each stratum and thing, the number of the thing.
        exposed: How many have it there.
        lost: To how many of these it happened.
        others: How many do not have it there; strata without any are left out.
        others_lost: To how many of these it happened.
        things_count: How many things there are.

    Example:
        Of first sessions 6 of 20 with an error were the last, and 10 of 100 without; of second ones none of 5, and 5
        of 50. At the rates of the others 20 x 0.1 + 5 x 0.1 = 2.5 would have been.

        >>> one = np.zeros(2, dtype=np.int64)
        >>> counts = [np.array(values) for values in ([20, 5], [6, 0], [100, 50], [10, 5])]
        >>> found = stratified_risks(one, *counts, 1)
        >>> found.rate.tolist(), found.comparable_rate.tolist(), found.difference.round(2).tolist()
        ([0.24], [0.1], [0.14])
    """
    able = others > 0
    thing = thing[able]
    n1, a, n0, c = (values[able].astype(np.float64) for values in (exposed, lost, others, others_lost))

    def summed(values: Floats) -> Floats:
        return np.bincount(thing, weights=values, minlength=things_count).astype(np.float64)

    total, happened = n1 + n0, a + c
    with np.errstate(divide="ignore", invalid="ignore"):
        whole, of_whole = summed(n1), summed(a)
        comparable = summed(n1 * c / n0) / whole
        alike = whole**2 / summed(n1**2 / n0)
        low, high = wilson_bounds(of_whole, whole)
        ends = newcombe_bounds(of_whole, whole, comparable * alike, alike)
        variance = n1 * n0 * happened * (total - happened) / (total**2 * np.maximum(total - 1, 1))
        z = (of_whole - summed(n1 * happened / total)) / np.sqrt(summed(variance))
        rate = of_whole / whole
    p_values = np.where(np.isfinite(z), 2 * ndtr(-np.abs(np.where(np.isfinite(z), z, 0.0))), 1.0)
    exposed_kept, lost_kept = whole.astype(np.int64), of_whole.astype(np.int64)
    return StratifiedRisks(
        exposed_kept, lost_kept, rate, low, high, comparable, rate - comparable, *ends, p_values
    )  # fmt: skip
