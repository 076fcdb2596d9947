"""The log-rank test: whether survival curves of groups differ by more than chance (Mantel 1966, Peto and Peto 1972)."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import chdtrc

from journey_analytics.analysis.survival.survival import check_durations
from journey_analytics.errors import UsageError


@dataclass(frozen=True)
class LogRank:
    """How far groups are from having one curve.

    Attributes:
        groups: One row per group, in order: the group, ``subjects_count``, ``observed_count``, ``expected_count`` (had
            all groups one curve).
        statistic: Chi-squared; larger the farther observed and expected counts are apart.
        degrees: Its degrees of freedom, groups less one.
        p_value: Probability of such a statistic or a larger one, had all groups one curve. It takes subjects for
            independent: one row per customer.
    """

    groups: pl.DataFrame
    statistic: float
    degrees: int
    p_value: float


def log_rank(
    durations: pl.DataFrame, *, group: str = "group", duration: str = "duration", is_observed: str = "is_observed"
) -> LogRank:
    """Compare the curves of groups.

    Args:
        durations: One row per subject.
        group: Column of the group.
        duration: Column of the time waited, a number or a duration.
        is_observed: Column that says whether the event came then.

    Raises:
        UsageError: A column is missing, or there are fewer than two groups.

    Example:
        >>> waits = {"duration": [1, 2, 3, 4], "is_observed": [True] * 4, "group": ["a", "a", "b", "b"]}
        >>> round(log_rank(pl.DataFrame(waits)).statistic, 4)
        2.8824
    """
    check_durations(durations, group, duration, is_observed)
    groups = durations[group].unique().sort()
    if len(groups) <= 1:
        raise UsageError(f"There are no two groups to compare: {len(groups)}.", hint="Give a column with two or more.")
    times = durations[duration].unique().sort()
    place = times.search_sorted(durations[duration]).to_numpy().astype(np.int64)
    cell = groups.search_sorted(durations[group]).to_numpy() + place * len(groups)
    shape, event = (len(times), len(groups)), durations[is_observed].cast(pl.Float64).to_numpy()
    leaving = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    at_risk = leaving[::-1].cumsum(axis=0)[::-1]
    observed = np.bincount(cell, weights=event, minlength=shape[0] * shape[1]).reshape(shape)
    n, d = at_risk.sum(axis=1), observed.sum(axis=1)
    share = at_risk / n[:, None]
    expected = d[:, None] * share
    # Hypergeometric: whose the events of one time are, given how many there are.
    weight = d * (n - d) / np.maximum(n - 1, 1)
    covariance = np.diag((weight[:, None] * share).sum(axis=0)) - (share * weight[:, None]).T @ share
    beyond = (observed - expected).sum(axis=0)[:-1]
    statistic = float(beyond @ np.linalg.pinv(covariance[:-1, :-1]) @ beyond)
    found = pl.DataFrame(
        {
            group: groups,
            "subjects_count": at_risk[0],
            "observed_count": observed.sum(axis=0).astype(np.int64),
            "expected_count": expected.sum(axis=0),
        }
    )
    return LogRank(found, statistic, len(groups) - 1, float(chdtrc(len(groups) - 1, statistic)))
