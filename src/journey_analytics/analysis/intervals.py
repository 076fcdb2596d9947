"""Intervals of rates and of their differences, and corrections for looking at many of them."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtr

Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval."""

    estimate: float
    low: float
    high: float


def wilson(successes: float, trials: float) -> Interval | None:
    """Rate with Wilson's score interval (Wilson 1927, without continuity correction); None without trials.

    The same as the SQL macro ``marts.wilson``.

    >>> interval = wilson(50, 100)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.404, 0.596)
    """
    if trials == 0:
        return None
    low, high = wilson_bounds(successes, trials)
    return Interval(successes / trials, float(low), float(high))


def wilson_bounds(
    successes: npt.ArrayLike, trials: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Lower and upper ends of Wilson's intervals of many rates; NaN without trials."""
    s, n, z2 = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64), Z95**2
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (s + z2 / 2) / (n + z2)
        half = Z95 * np.sqrt(s * (n - s) / n + z2 / 4) / (n + z2)
        rate = s / n
    # Rounding must not put the rate outside of its interval, at 0 and 1 above all.
    return np.minimum(rate, np.maximum(0.0, middle - half)), np.maximum(rate, np.minimum(1.0, middle + half))


def with_rate(frame: pl.DataFrame, rate: str, successes: str, trials: str) -> pl.DataFrame:
    """The same rate and interval for every row of a frame: columns ``rate``, ``rate_low`` and ``rate_high``.

    Null without trials, and where successes are not known. ``rate`` is the name of the first column and begins those of
    the others.
    """
    low, high = wilson_bounds(frame[successes].to_numpy(), frame[trials].to_numpy())
    ends = pl.Series(f"{rate}_low", low), pl.Series(f"{rate}_high", high)
    return frame.with_columns((pl.col(successes) / pl.col(trials)).alias(rate), *ends).with_columns(
        pl.when(pl.col(trials) > 0, pl.col(successes).is_not_null()).then(pl.col(rate, f"{rate}_low", f"{rate}_high"))
    )


def newcombe(successes: int, trials: int, other_successes: int, other_trials: int) -> Interval | None:
    """Difference of two independent rates with Newcombe's hybrid score interval (1998, method 10).

    The same as the SQL macro ``marts.newcombe``; None when either has no trials.

    >>> interval = newcombe(56, 70, 48, 80)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.0524, 0.3339)
    """
    one, other = wilson(successes, trials), wilson(other_successes, other_trials)
    if one is None or other is None:
        return None
    difference = one.estimate - other.estimate
    return Interval(
        difference,
        difference - sqrt((one.estimate - one.low) ** 2 + (other.high - other.estimate) ** 2),
        difference + sqrt((one.high - one.estimate) ** 2 + (other.estimate - other.low) ** 2),
    )


def newcombe_bounds(
    successes: npt.ArrayLike, trials: npt.ArrayLike, other_successes: npt.ArrayLike, other_trials: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Lower and upper ends of Newcombe's intervals of many differences; NaN where either has no trials.

    >>> low, high = newcombe_bounds([56], [70], [48], [80])
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0524], [0.3339])
    """
    low, high = wilson_bounds(successes, trials)
    other_low, other_high = wilson_bounds(other_successes, other_trials)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.asarray(successes, dtype=np.float64) / np.asarray(trials, dtype=np.float64)
        other = np.asarray(other_successes, dtype=np.float64) / np.asarray(other_trials, dtype=np.float64)
    below = np.sqrt((rate - low) ** 2 + (other_high - other) ** 2)
    return rate - other - below, rate - other + np.sqrt((high - rate) ** 2 + (other - other_low) ** 2)


def difference_p_values(
    successes: npt.ArrayLike,
    trials: npt.ArrayLike,
    other_successes: npt.ArrayLike,
    other_trials: npt.ArrayLike,
) -> npt.NDArray[np.float64]:
    """Two-sided p-values of the pooled z-test that two rates are the same; 1 where it cannot be computed."""
    s1, n1, s2, n2 = (
        np.asarray(values, dtype=np.float64) for values in (successes, trials, other_successes, other_trials)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (s1 + s2) / (n1 + n2)
        spread = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
        z = np.abs(s1 / n1 - s2 / n2) / spread
    return np.where(np.isfinite(z), 2 * ndtr(-np.where(np.isfinite(z), z, 0.0)), 1.0)


def benjamini_hochberg(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """q-values: the false discovery rate at which each p-value would count (Benjamini and Hochberg 1995).

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)[::-1]
    ranks = np.arange(len(p), 0, -1)
    stepped = np.minimum.accumulate(p[order] * len(p) / ranks)
    q = np.empty_like(stepped)
    q[order] = np.minimum(stepped, 1.0)
    return q
