"""Rates and means over things of which a customer has several: the interval is that of the customers.

What customers do more than once is not independent. The spread of a ratio of sums over customers is found by
linearisation (Cochran, Sampling Techniques, 1977, 6.4), which is what drawing customers anew comes to when there are
many; for a rate it becomes the number of independent things that would tell as much, for Wilson's interval.
"""

from math import sqrt

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.intervals import Z95, Interval, wilson


def mean_of_customers(sums: npt.ArrayLike, counts: npt.ArrayLike) -> Interval | None:
    """Mean of all things, from each customer's sum and number of them; None without any.

    >>> interval = mean_of_customers([2.0, 3.0, 7.0], [1, 1, 2])
    >>> interval.estimate, round(interval.low, 3), round(interval.high, 3)
    (3.0, 2.151, 3.849)
    """
    x, n = np.asarray(sums, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    if not n.sum():
        return None
    mean = float(x.sum() / n.sum())
    half = Z95 * _spread(x, n)
    return Interval(mean, mean - half, mean + half)


def rate_of_customers(successes: npt.ArrayLike, trials: npt.ArrayLike) -> Interval | None:
    """Rate of successes, from those and the trials of each customer; None without trials.

    >>> rate_of_customers([1, 0, 1, 0], [1, 1, 1, 1]) == wilson(1.5, 3)
    True
    """
    x, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if not n.sum():
        return None
    rate, spread = float(x.sum() / n.sum()), _spread(x, n)
    customers = int(np.count_nonzero(n))
    told = min(float(n.sum()), rate * (1 - rate) / spread**2) if spread else float(customers)
    return wilson(rate * told, told)


def _spread(x: npt.NDArray[np.float64], n: npt.NDArray[np.float64]) -> float:
    customers = np.count_nonzero(n)
    if customers == 1:
        return 0.0
    residuals = x - x.sum() / n.sum() * n
    return sqrt(customers / (customers - 1) * float(np.square(residuals).sum())) / float(n.sum())
