"""Odds in matched sets of one case and its controls: Mantel and Haenszel's estimate over the sets, and their test.

Sources: Mantel and Haenszel 1959, J. Natl. Cancer Inst. 22:719; the interval of Robins, Breslow and Greenland 1986,
Biometrics 42:311, which holds for sets drawn at each drop-off, too (Goldstein and Langholz 2007, Scand. J. Stat.
34:137).
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
    has_case: npt.NDArray[np.bool_],
    controls_having: npt.NDArray[np.int64],
    controls: npt.NDArray[np.int64],
    things_count: int,
) -> MatchedOdds:
    """Compare cases with their controls; sets in which nobody has the thing tell nothing and are left out.

    Args:
        thing: Of each set and thing, the number of the thing.
        has_case: Whether the case has it.
        controls_having: How many controls have it.
        controls: How many controls the set has.
        things_count: How many things there are.

    Example:
        63 pairs of women with and without cancer of the endometrium, who had taken oestrogen or not (Breslow and Day
        1980, table 5.1): 27 pairs with both, 29 with the case alone, 3 with the control alone.

        >>> has_case = np.repeat([True, True, False], [27, 29, 3])
        >>> having, one = np.repeat([1, 0, 1], [27, 29, 3]), np.ones(59, dtype=np.int64)
        >>> found = matched_odds(np.zeros(59, dtype=np.int64), has_case, having, one, 1)
        >>> round(float(found.odds_ratio[0]), 2), round(float(found.low[0]), 2), round(float(found.high[0]), 1)
        (9.67, 2.94, 31.7)
    """
    x, c, m = has_case.astype(np.float64), controls_having.astype(np.float64), controls.astype(np.float64)
    n = 1 + m

    def summed(values: Floats) -> Floats:
        return np.bincount(thing, weights=values, minlength=things_count).astype(np.float64)

    r, s = x * (m - c) / n, (1 - x) * c / n
    p, q = (x + m - c) / n, (1 - x + c) / n
    of_r, of_s = summed(r), summed(s)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = of_r / of_s
        spread = Z95 * np.sqrt(
            summed(p * r) / (2 * of_r**2)
            + summed(p * s + q * r) / (2 * of_r * of_s)
            + summed(q * s) / (2 * of_s**2)
        )  # fmt: skip
        having = x + c
        z = (summed(x) - summed(having / n)) / np.sqrt(summed(having * (n - having) / n**2))
    is_defined = (of_r > 0) & (of_s > 0)
    ratio = np.where(is_defined, ratio, np.nan)
    return MatchedOdds(
        ratio,
        ratio * np.exp(-spread),
        ratio * np.exp(spread),
        summed(x - c / m),
        np.where(np.isfinite(z), 2 * ndtr(-np.abs(np.where(np.isfinite(z), z, 0.0))), 1.0),
    )
