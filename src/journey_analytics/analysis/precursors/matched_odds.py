"""Odds in matched sets of cases and controls: Mantel and Haenszel's estimate over the sets, and their test.

Sources: Mantel and Haenszel 1959, J. Natl. Cancer Inst. 22:719; the interval of Robins, Breslow and Greenland 1986,
Biometrics 42:311, which holds for many small sets and for few large ones.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from journey_analytics.analysis.intervals import Z95

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MatchedOdds:
    """How much more often cases have something than their controls, one value for each thing looked at.

    Attributes:
        odds_ratio: Odds of cases to those of controls in the same set; NaN where one of the two is empty.
        low: Lower end of its 95 % interval.
        high: Upper end.
        excess: Cases that have it, beyond as many as would if they were as their controls are.
        p_value: Of the test that cases and controls are alike, without continuity correction.
    """

    odds_ratio: Floats
    low: Floats
    high: Floats
    excess: Floats
    p_value: Floats


def matched_odds(
    thing: npt.NDArray[np.int64],
    cases_having: npt.NDArray[np.int64],
    cases: npt.NDArray[np.int64],
    controls_having: npt.NDArray[np.int64],
    controls: npt.NDArray[np.int64],
    things_count: int,
) -> MatchedOdds:
    """Compare cases with their controls; sets in which nobody has the thing tell nothing and are left out.

    Args:
        thing: Of each set and thing, the number of the thing.
        cases_having: How many cases have it.
        cases: How many cases the set has.
        controls_having: How many controls have it.
        controls: How many controls the set has.
        things_count: How many things there are.

    Example:
        63 pairs of women with and without cancer of the endometrium, who had taken oestrogen or not (Breslow and Day
        1980, table 5.1): 27 pairs with both, 29 with the case alone, 3 with the control alone.

        >>> case, control = np.repeat([1, 1, 0], [27, 29, 3]), np.repeat([1, 0, 1], [27, 29, 3])
        >>> one = np.ones(59, dtype=np.int64)
        >>> found = matched_odds(np.zeros(59, dtype=np.int64), case, one, control, one, 1)
        >>> round(float(found.odds_ratio[0]), 2), round(float(found.low[0]), 2), round(float(found.high[0]), 1)
        (9.67, 2.94, 31.7)
    """
    a, c, n1, n0 = (values.astype(np.float64) for values in (cases_having, controls_having, cases, controls))
    n = n1 + n0

    def summed(values: Floats) -> Floats:
        return np.bincount(thing, weights=values, minlength=things_count).astype(np.float64)

    r, s = a * (n0 - c) / n, (n1 - a) * c / n
    p, q = (a + n0 - c) / n, (n1 - a + c) / n
    of_r, of_s = summed(r), summed(s)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = of_r / of_s
        spread = Z95 * np.sqrt(
            summed(p * r) / (2 * of_r**2)
            + summed(p * s + q * r) / (2 * of_r * of_s)
            + summed(q * s) / (2 * of_s**2)
        )  # fmt: skip
        having = a + c
        variance = n1 * n0 * having * (n - having) / (n**2 * (n - 1))
        z = (summed(a) - summed(n1 * having / n)) / np.sqrt(summed(variance))
    ratio = np.where((of_r > 0) & (of_s > 0), ratio, np.nan)
    return MatchedOdds(
        ratio,
        ratio * np.exp(-spread),
        ratio * np.exp(spread),
        summed(a - n1 * c / n0),
        np.where(np.isfinite(z), 2 * ndtr(-np.abs(np.where(np.isfinite(z), z, 0.0))), 1.0),
    )
