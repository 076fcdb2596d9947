"""Mix or rate: how much of the change of a rate is due to other customers, and how much to other behaviour.

Decomposition of Kitagawa, "Components of a Difference Between Two Rates" (Journal of the American Statistical
Association 50, 1955). It says where a change shows, not what made it.
"""

from typing import Any

import numpy as np
import polars as pl

from journey_analytics.analysis.bootstrap import REPLICATES, CustomerCounts, Floats, percentile_interval
from journey_analytics.analysis.event_log import check_columns
from journey_analytics.analysis.intervals import wilson_bounds
from journey_analytics.errors import UsageError, did_you_mean

TOTAL = "(all)"
"""The segment of the last row: the sum of all others."""


def rate_change(
    trials: pl.DataFrame,
    *,
    group: str,
    baseline: str,
    compared: str,
    segment: str,
    is_success: str = "is_success",
    customer: str = "customer_id",
    replicates: int = REPLICATES,
    seed: int = 0,
) -> pl.DataFrame:
    """Split the change of a rate into a part of the mix of segments and a part of the rates in them.

    A segment adds to the mix when its share grows and its rate is above that of all, or its share shrinks and it is
    below; a segment that only one group has adds to the mix alone. Both parts of all segments add up to the change.

    Args:
        trials: One row per thing of which the rate is: a visit, a session, a customer. Rows without a group, a segment
            or a success are left out.
        group: Column of the group, such as the period.
        baseline: The group that is compared with.
        compared: The group that is compared.
        segment: Column of the segment.
        is_success: Column that says whether it counts in the rate.
        customer: Column of the customer, who are drawn again for the intervals.
        replicates: How often they are drawn; 0 for no intervals.
        seed: Of these draws.

    Returns:
        One row per segment, by name, and last ``(all)``: ``segment``; ``baseline_trials_count``, ``baseline_share`` (of
        all trials), ``baseline_rate`` with ``baseline_low`` and ``baseline_high`` (Wilson); the same of the compared
        group; ``mix_change`` with ``mix_low`` and ``mix_high``, ``rate_change`` with ``rate_low`` and ``rate_high``
        (parts of the change of the whole rate, by customer).

    Raises:
        UsageError: A column is missing, or a group has no trials.

    Example:
        >>> rows = [("old", "web", True)] * 3 + [("old", "ad", False)]
        >>> rows += [("new", "web", True), ("new", "ad", False)] * 2
        >>> trials = pl.DataFrame(rows, schema=["month", "channel", "is_success"], orient="row")
        >>> found = rate_change(
        ...     trials.with_row_index("customer_id"), group="month", baseline="old", compared="new", segment="channel"
        ... )
        >>> found.select("segment", "mix_change", "rate_change").rows()
        [('ad', -0.15625, 0.0), ('web', -0.09375, 0.0), ('(all)', -0.25, 0.0)]
    """
    check_columns(trials.schema, others=[group, segment, is_success, customer])
    rows = trials.select(
        group=pl.col(group).cast(pl.String),
        segment=pl.col(segment).cast(pl.String),
        success=pl.col(is_success).cast(pl.Boolean),
        customer=pl.col(customer),
    ).drop_nulls()
    known = rows["group"].unique().to_list()
    for name in (baseline, compared):
        if name not in known:
            raise UsageError(f"No trial is of group '{name}' in '{group}'.", hint=did_you_mean(name, known))
    rows = rows.filter(pl.col("group").is_in([baseline, compared]))
    names = rows["segment"].unique().sort()
    size = len(names)
    cell = names.search_sorted(rows["segment"]).to_numpy().astype(np.int64) + size * (
        rows["group"] == compared
    ).to_numpy().astype(np.int64)
    success = rows["success"].to_numpy()
    whose = rows["customer"].rank("dense").cast(pl.Int64).to_numpy() - 1
    counts = CustomerCounts(
        np.concatenate([whose, whose[success]]), np.concatenate([cell, cell[success] + 2 * size]),
        np.ones(len(cell) + int(success.sum())), int(whose.max(initial=-1)) + 1, 4 * size,
    )  # fmt: skip
    totals = counts.totals()
    parts = _parts(totals[None], size)[0]
    low, high = percentile_interval(_parts(counts.resampled(replicates, seed), size))
    trials_of, successes = totals[: 2 * size].reshape(2, size), totals[2 * size :].reshape(2, size)
    table: dict[str, Any] = {"segment": pl.concat([names, pl.Series([TOTAL])])}
    for place, label in enumerate(("baseline", "compared")):
        n, s = _with_total(trials_of[place]), _with_total(successes[place])
        ends = wilson_bounds(s, n)
        table |= {
            f"{label}_trials_count": n.astype(np.int64),
            f"{label}_share": n / n[-1],
            f"{label}_rate": np.divide(s, n, out=np.full(size + 1, np.nan), where=n > 0),
            f"{label}_low": ends[0],
            f"{label}_high": ends[1],
        }
    for part, label in ((slice(0, size + 1), "mix"), (slice(size + 1, None), "rate")):
        table |= {f"{label}_change": parts[part], f"{label}_low": low[part], f"{label}_high": high[part]}
    return pl.DataFrame(table).with_columns(pl.selectors.float().fill_nan(None))


def _parts(totals: Floats, size: int) -> Floats:
    """Mix and rate part of each segment and of all, one row per row of totals."""
    trials, successes = totals[:, : 2 * size].reshape(-1, 2, size), totals[:, 2 * size :].reshape(-1, 2, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = trials / trials.sum(axis=2, keepdims=True)
        rate = successes / trials
        whole = (successes.sum(axis=2) / trials.sum(axis=2)).mean(axis=1, keepdims=True)
    # A segment that one group lacks has no rate there that could have changed.
    rate = np.where(np.isnan(rate), rate[:, ::-1], rate)
    rate = np.where(np.isnan(rate), 0.0, rate)
    mix = (share[:, 1] - share[:, 0]) * (rate.mean(axis=1) - whole)
    rates = (rate[:, 1] - rate[:, 0]) * share.mean(axis=1)
    return np.concatenate([mix, mix.sum(axis=1, keepdims=True), rates, rates.sum(axis=1, keepdims=True)], axis=1)


def _with_total(values: Floats) -> Floats:
    return np.append(values, values.sum())
