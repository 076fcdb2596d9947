"""Competing risks: how many have moved on, and how many have dropped off, after how long, while others are undecided.

Estimate of Aalen and Johansen (1978). One minus a survival curve that takes the other causes for censoring overstates
each cause: who has dropped off cannot move on any more. Variance by the delta method, as in Marubini and Valsecchi,
"Analysing Survival Data from Clinical Trials and Observational Studies" (1995), section 10.3; interval on the scale of
log(-log).
"""

from collections.abc import Callable, Sequence

import polars as pl

from journey_analytics.analysis.intervals import Z95
from journey_analytics.analysis.survival.survival import at_risk, check_durations, over

_ROUNDING = 1e-12


def cumulative_incidence(
    durations: pl.DataFrame, *, duration: str = "duration", cause: str = "cause", by: Sequence[str] = ()
) -> pl.DataFrame:
    """Estimate the share that each cause has taken by each time.

    Args:
        durations: One row per subject.
        duration: Column of the time until the cause came, or until it was last seen that none had; a number or
            duration.
        cause: Column of the cause; null while undecided.
        by: Columns of groups, curves of their own each.

    Returns:
        One row per group, cause and different time, in order: the columns of ``by``, the cause, the duration,
        ``at_risk_count`` (undecided just before), ``cause_count``, ``undecided_rate`` (after that time, of all),
        ``incidence_rate`` (share taken by the cause up to then) with ``incidence_low`` and ``incidence_high``. At every
        time the incidences of all causes and ``undecided_rate`` add up to 1.

    Raises:
        UsageError: A column is missing.

    Example:
        >>> waits = pl.DataFrame({"duration": [1, 2, 3, 3], "cause": ["on", "off", None, "on"]})
        >>> cumulative_incidence(waits).select("cause", "duration", "incidence_rate").rows()
        [('off', 1, 0.0), ('off', 2, 0.25), ('off', 3, 0.25), ('on', 1, 0.25), ('on', 2, 0.25), ('on', 3, 0.5)]
    """
    check_durations(durations, duration, cause, *by)
    own, own_cause = over(by), over([*by, cause])
    n, d, k = pl.col("at_risk_count"), pl.col("_all"), pl.col("cause_count")
    times = (
        durations.group_by(*by, duration)
        .agg(_all=pl.col(cause).count().cast(pl.Int64), _leaving=pl.len().cast(pl.Int64))
        .sort(*by, duration)
        .with_columns(at_risk_count=own(at_risk(pl.col("_leaving"))))
        .with_columns(undecided_rate=own((1 - d / n).cum_prod()))
        .with_columns(_before=own(pl.col("undecided_rate").shift(1, fill_value=1.0)))
    )
    known = durations.filter(pl.col(cause).is_not_null())
    causes = known.select(*by, cause).unique()
    each = times.join(causes, on=list(by), how="inner") if by else times.join(causes, how="cross")
    counts = known.group_by(*by, cause, duration).agg(cause_count=pl.len().cast(pl.Int64))
    return (
        each.join(counts, on=[*by, cause, duration], how="left")
        .with_columns(pl.col("cause_count").fill_null(0))
        .sort(*by, cause, duration)
        .with_columns(incidence_rate=_whole(own_cause((pl.col("_before") * k / n).cum_sum())))
        .with_columns(_variance=_variance(own_cause))
        .with_columns(incidence_low=_bound(1), incidence_high=_bound(-1))
        .select(
            *by, cause, duration, "at_risk_count", "cause_count", "undecided_rate", "incidence_rate", "incidence_low",
            "incidence_high",
        )
    )  # fmt: skip


def _whole(rate: pl.Expr) -> pl.Expr:
    """1 where a sum differs from it by rounding alone: the scale of log(-log) would make an interval of that."""
    return pl.when(rate > 1 - _ROUNDING).then(1.0).otherwise(rate)


def _variance(own: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Sums over earlier times of terms in F(t) - F(t_i), multiplied out, so that each is a running sum."""
    n, d, k = pl.col("at_risk_count"), pl.col("_all"), pl.col("cause_count")
    f, s = pl.col("incidence_rate"), pl.col("_before")
    # Where the last ones leave, F(t) - F(t_i) is 0, whatever it is multiplied by.
    a = pl.when(n > d).then(d / (n * (n - d))).otherwise(0.0)
    b = s * k / n**2
    first = f**2 * own(a.cum_sum()) - 2 * f * own((f * a).cum_sum()) + own((f**2 * a).cum_sum())
    second = own((s**2 * (n - k) / n * k / n**2).cum_sum())
    third = f * own(b.cum_sum()) - own((f * b).cum_sum())
    return (first + second - 2 * third).clip(lower_bound=0)


def _bound(sign: int) -> pl.Expr:
    f = pl.col("incidence_rate")
    spread = Z95 * pl.col("_variance").sqrt() / (f * f.log().abs())
    return pl.when(f.is_between(0, 1, "none")).then(f ** (sign * spread).exp()).otherwise(f)
