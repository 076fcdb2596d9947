"""The rate of each part of some customers, put against the rate of all the other parts.

Parts are periods, months or groups; a customer counts at most once in each, and may be in several. What a customer does
in one is like what the same does in another, by a correlation within customers that is found over all of their pairs
(the intraclass correlation of Donner and Klar, Design and Analysis of Cluster Randomization Trials, 2000). The pooled
z-test and Newcombe's interval are corrected by it (for the interval: Zou and Donner 2008, Stat. Med. 27:1693). Without
customers in several parts they are the plain ones.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import ndtr

from journey_analytics.analysis.intervals import wilson_bounds

LEAST_EXPECTED = 5
"""Below it the distribution of the statistic is not that of the normal (Cochran 1954)."""

_LEAST_REPEATED = 0.01
"""So far a rate over several parts may be surer than of as many customers apart, whatever few pairs say."""


def each_against_rest(trials: pl.DataFrame, cell: Sequence[str], part: str) -> pl.DataFrame:
    """Compare each part of a cell with the rest of it.

    Args:
        trials: One row per cell, part and customer: these columns, ``customer`` and ``has_happened``.
        cell: Columns of what is looked at by itself.
        part: Column of the part.

    Returns:
        One row per cell and part that has a rest, in their order: ``customers_count``, ``happened_count``, ``rate``
        with ``rate_low`` and ``rate_high`` (Wilson); the same of the rest, with ``baseline_`` before them (there a
        customer counts once per part); ``difference`` (rate less that of the rest) with ``difference_low`` and
        ``difference_high``; ``variance`` of the difference, were there none; ``expected_count``, the fewest that were
        to be expected on either side, happened or not; ``p_value``, 1 where nobody or everybody did.
    """
    n, x = pl.col("n"), pl.col("x")
    whole = trials.group_by(*cell, "customer").agg(
        n=pl.len().cast(pl.Int64), x=pl.col("has_happened").sum().cast(pl.Int64)
    )
    # Whole numbers add up to the same in any order.
    cells = whole.group_by(cell).agg(
        cell_n=n.sum(), cell_x=x.sum(), nn=(n * n).sum(), nx=(n * x).sum(), xx=(x * x).sum()
    )
    parts = (
        trials.join(whole.select(*cell, "customer", "n"), on=[*cell, "customer"])
        .group_by(*cell, part)
        .agg(
            customers_count=pl.len().cast(pl.Int64),
            happened_count=pl.col("has_happened").sum().cast(pl.Int64),
            shared=(n - 1).sum(),
        )
        .join(cells, on=list(cell))
        .filter(pl.col("cell_n") > pl.col("customers_count"))
        .sort(*cell, part)
    )
    return _compared(parts).drop("cell_n", "cell_x", "nn", "nx", "xx", "shared")


def _compared(parts: pl.DataFrame) -> pl.DataFrame:
    total, of_all, nn, nx, xx, shared, n, x = (
        parts[name].to_numpy().astype(np.float64)
        for name in ("cell_n", "cell_x", "nn", "nx", "xx", "shared", "customers_count", "happened_count")
    )
    other_n, other_x = total - n, of_all - x
    pooled = of_all / total
    spread, pairs = pooled * (1 - pooled), nn - total
    squares = xx - 2 * pooled * nx + pooled**2 * nn
    alike = np.divide(squares - total * spread, pairs * spread, out=np.zeros_like(n), where=pairs * spread > 0)
    alike = np.clip(alike, -1.0, 1.0)
    repeated = 1 + alike * (pairs - 2 * shared) / other_n
    common = alike * shared / (n * other_n)
    variance = spread * np.maximum(1 / n + repeated / other_n - 2 * common, 0.0)
    other_size = other_n / np.maximum(repeated, _LEAST_REPEATED)
    rate, other_rate = x / n, other_x / other_n
    difference = rate - other_rate
    z = np.divide(np.abs(difference), np.sqrt(variance), out=np.zeros_like(n), where=variance > 0)
    low, high = wilson_bounds(x, n)
    other_low, other_high = wilson_bounds(other_rate * other_size, other_size)
    together = np.clip(common * np.sqrt(n * other_size), -1.0, 1.0)

    def reach(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.sqrt(np.maximum(one**2 + other**2 - 2 * together * one * other, 0.0))

    return parts.with_columns(
        pl.Series("rate", rate),
        pl.Series("rate_low", low),
        pl.Series("rate_high", high),
        pl.Series("baseline_customers_count", other_n).cast(pl.Int64),
        pl.Series("baseline_happened_count", other_x).cast(pl.Int64),
        pl.Series("baseline_rate", other_rate),
        pl.Series("baseline_rate_low", other_low),
        pl.Series("baseline_rate_high", other_high),
        pl.Series("difference", difference),
        pl.Series("difference_low", difference - reach(rate - low, other_high - other_rate)),
        pl.Series("difference_high", difference + reach(high - rate, other_rate - other_low)),
        pl.Series("variance", variance),
        pl.Series("expected_count", np.minimum(n, other_n) * np.minimum(pooled, 1 - pooled)),
        pl.Series("p_value", 2 * ndtr(-z)),
    )
