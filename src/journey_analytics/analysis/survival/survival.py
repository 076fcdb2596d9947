"""Survival curves with censoring: how many are still waiting after how long, when some are not waited for long enough.

Product-limit estimate of Kaplan and Meier (1958) with Greenwood's variance and an interval on the scale of log(-log),
as in Kalbfleisch and Prentice, "The Statistical Analysis of Failure Time Data" (2002), section 1.4.
"""

from collections.abc import Callable, Sequence

import polars as pl

from journey_analytics.analysis.intervals import Z95
from journey_analytics.errors import UsageError, did_you_mean

_HALF = 0.5


def kaplan_meier(
    durations: pl.DataFrame, *, duration: str = "duration", is_observed: str = "is_observed", by: Sequence[str] = ()
) -> pl.DataFrame:
    """Estimate survival curves.

    Args:
        durations: One row per subject.
        duration: Column of the time waited, a number or a duration.
        is_observed: Column that says whether the event came then; if not, only that it had not come by then is known.
        by: Columns of groups, a curve each.

    Returns:
        One row per group and different time, in order: the columns of ``by``, the duration, ``at_risk_count`` (still
        waiting just before), ``observed_count``, ``censored_count``, ``survival_rate`` (after that time) with
        ``survival_low`` and ``survival_high``, ``cumulative_hazard`` (Nelson and Aalen).

    Raises:
        UsageError: A column is missing.

    Example:
        >>> waits = pl.DataFrame({"duration": [1, 2, 2, 3], "is_observed": [True, True, False, True]})
        >>> kaplan_meier(waits).select("duration", "at_risk_count", "survival_rate").rows()
        [(1, 4, 0.75), (2, 3, 0.5), (3, 1, 0.0)]
    """
    check_durations(durations, duration, is_observed, *by)
    event = pl.col(is_observed).cast(pl.Boolean)
    own, left = over(by), pl.col("at_risk_count") - pl.col("observed_count")
    survival, spread = pl.col("survival_rate"), pl.col("_greenwood").sqrt() / pl.col("survival_rate").log()
    return (
        durations.group_by(*by, duration)
        .agg(observed_count=event.sum().cast(pl.Int64), censored_count=(~event).sum().cast(pl.Int64))
        .sort(*by, duration)
        .with_columns(at_risk_count=own(at_risk(pl.col("observed_count") + pl.col("censored_count"))))
        .with_columns(
            survival_rate=own((left / pl.col("at_risk_count")).cum_prod()),
            _greenwood=own((pl.col("observed_count") / (pl.col("at_risk_count") * left)).cum_sum()),
            cumulative_hazard=own((pl.col("observed_count") / pl.col("at_risk_count")).cum_sum()),
        )
        .with_columns(
            # Before the first event and after the last subject there is nothing to be in doubt about.
            survival_low=pl.when(survival.is_between(0, 1, "none")).then(survival ** (-Z95 * spread).exp())
            .otherwise(survival),
            survival_high=pl.when(survival.is_between(0, 1, "none")).then(survival ** (Z95 * spread).exp())
            .otherwise(survival),
        )
        .select(
            *by, duration, "at_risk_count", "observed_count", "censored_count", "survival_rate", "survival_low",
            "survival_high", "cumulative_hazard",
        )
    )  # fmt: skip


def survival_summary(curves: pl.DataFrame, *, duration: str = "duration", by: Sequence[str] = ()) -> pl.DataFrame:
    """Sum survival curves up.

    Args:
        curves: What ``kaplan_meier`` returns, by a duration that is a number.
        duration: Column of the time waited.
        by: Columns of groups.

    Returns:
        One row per group, in order: the columns of ``by``, ``subjects_count``, ``observed_count``, ``median`` (time by
        which half of them had it; null if half never had) with ``median_low`` and ``median_high`` (null where the
        curve's interval does not come down to a half), ``longest`` (time waited), ``mean_until_longest`` (area under
        the curve).
    """
    survival = pl.col("survival_rate")
    before = survival.shift(1, fill_value=1.0)
    since = pl.col(duration) - pl.col(duration).shift(1, fill_value=0)

    def reached(column: str) -> pl.Expr:
        return pl.col(duration).filter(pl.col(column) <= _HALF).min()

    wanted = {
        "subjects_count": pl.col("at_risk_count").max(),
        "observed_count": pl.col("observed_count").sum(),
        "median": reached("survival_rate"),
        "median_low": reached("survival_low"),
        "median_high": reached("survival_high"),
        "longest": pl.col(duration).max(),
        "mean_until_longest": (before * since).sum(),
    }
    return curves.group_by(*by).agg(**wanted).sort(*by) if by else curves.select(**wanted)


def check_durations(durations: pl.DataFrame, *columns: str) -> None:
    """Check that columns are there.

    Raises:
        UsageError: One is missing.
    """
    for column in columns:
        if column not in durations.columns:
            raise UsageError(f"The durations have no column '{column}'.", hint=did_you_mean(column, durations.columns))


def at_risk(leaving: pl.Expr) -> pl.Expr:
    """How many are still there just before each time, of rows in the order of time."""
    return leaving.sum() - leaving.cum_sum() + leaving


def over(by: Sequence[str]) -> Callable[[pl.Expr], pl.Expr]:
    """Compute an expression for each group, or for all where there are none."""
    return lambda expression: expression.over(by) if by else expression
