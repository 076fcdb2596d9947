"""Every rate that findings are chosen from: how many move on from a stage, or drop off, and what that is compared with.

All entries that a rate counts were watched equally long: moving on counts within some days of the entry, and dropping
off within so many days more as a silence has to last; entries whose days were not over are in no rate. So a younger
period does not look worse for being young.
"""

from datetime import datetime

import numpy as np
import polars as pl

from journey_analytics.analysis.comparison.compared_edges import Finding
from journey_analytics.analysis.event_log import check_columns
from journey_analytics.analysis.findings.each_against_rest import LEAST_EXPECTED, each_against_rest
from journey_analytics.analysis.findings.options import ALL, OUTCOMES, FindingOptions, Kind
from journey_analytics.analysis.findings.overall_change import overall_change
from journey_analytics.analysis.findings.trials import Period, Trials, trials_of
from journey_analytics.analysis.intervals import benjamini_hochberg, with_rate
from journey_analytics.vocabulary import Outcome

_CELL = ["stage", "segment"]
_JUDGED = ["difference", "difference_low", "difference_high", "p_value", "q_value"]


def watched_rates(
    entries: pl.DataFrame,
    until: datetime,
    *,
    segment: str = "first_channel",
    time_zone: str = "UTC",
    options: FindingOptions | None = None,
) -> pl.DataFrame:
    """Compare the rates of every stage and segment with those of the period before, other months, other segments.

    Args:
        entries: One row per entry into a stage, in any order: ``customer_id``, ``stage``, ``entered_at``,
            ``moved_on_at`` (to a later stage; null while it has not), ``dropped_off_at`` (when the silence was too
            long; null where it moved on or cannot drop off), and the segment.
        until: When what is known ends.
        segment: Column of the segment.
        time_zone: Of the business, which says what a day is.
        options: How long entries are watched, what is too little, what is too small.

    Returns:
        One row per kind, stage, segment, outcome and period; of the stages in which it happens. ``kind``: *change*, the
        newest period and the one before, of all customers at the rates of their segments, too; *month*, a month and all
        others; *gap*, a segment and all others, in the longest newest period; *level*, all customers in that period,
        compared with nothing. ``stage``, ``segment`` (``(all)`` for all customers), ``outcome`` (moved_on or
        dropped_off), ``watched_days``, ``period_days`` (null for months), ``first_on`` and ``last_on`` (days of entry;
        of the baseline with ``baseline_`` before them, null for gaps), ``customers_count``, ``happened_count``,
        ``rate`` with ``rate_low`` and ``rate_high``, the same of the baseline with ``baseline_`` before them,
        ``difference`` with ``difference_low`` and ``difference_high``, ``p_value``, ``q_value`` (Benjamini and
        Hochberg, over all that are judged of the kind), and ``finding``: differs, differs_little (shown, but small),
        not_shown, or too_little_history; null for levels.

    Raises:
        UsageError: A column is missing or of another kind, or the options cannot be followed.
    """
    chosen = options or FindingOptions()
    chosen.check()
    times = ["entered_at", *(f"{outcome}_at" for outcome in OUTCOMES)]
    check_columns(entries.schema, times=times, texts=["stage"], others=["customer_id", segment])
    found: list[pl.DataFrame] = []
    for trials in trials_of(entries, until, segment, time_zone, chosen):
        if trials.outcome is Outcome.MOVED_ON:
            parts = [_changes(trials, chosen), _months(trials), _gaps(trials, chosen)]
        else:
            parts = [_levels(trials, chosen)]
        about = {"outcome": pl.lit(trials.outcome.value), "watched_days": pl.lit(trials.watched_days)}
        found += [part.with_columns(**about) for part in parts]
    rates = pl.concat([pl.DataFrame(schema=_SCHEMA), *(_fitting(part) for part in found)], how="diagonal")
    return _judged(rates, chosen).sort("kind", "stage", "segment", "outcome", "first_on", "last_on")


_SCHEMA = pl.Schema(
    {
        "kind": pl.String(), "stage": pl.String(), "segment": pl.String(), "outcome": pl.String(),
        "watched_days": pl.Float64(), "period_days": pl.Int32(), "first_on": pl.Date(), "last_on": pl.Date(),
        "baseline_first_on": pl.Date(), "baseline_last_on": pl.Date(), "customers_count": pl.Int64(),
        "happened_count": pl.Int64(), "rate": pl.Float64(), "rate_low": pl.Float64(), "rate_high": pl.Float64(),
        "baseline_customers_count": pl.Int64(), "baseline_happened_count": pl.Int64(), "baseline_rate": pl.Float64(),
        "baseline_rate_low": pl.Float64(), "baseline_rate_high": pl.Float64(), "difference": pl.Float64(),
        "difference_low": pl.Float64(), "difference_high": pl.Float64(), "expected_count": pl.Float64(),
        "p_value": pl.Float64(),
    }
)  # fmt: skip


def _fitting(rates: pl.DataFrame) -> pl.DataFrame:
    return rates.select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items() if name in rates.columns)


def _changes(trials: Trials, options: FindingOptions) -> pl.DataFrame:
    """The newest period beside the one before, for each segment and for all."""
    rates = pl.concat([_fitting(_change(trials, days)) for days in options.period_days], how="diagonal")
    # The choice looks at numbers of customers alone, so that it is no further comparison.
    smaller = pl.min_horizontal("customers_count", "baseline_customers_count")
    is_enough = (smaller >= options.enough_customers).cast(pl.Int8)
    day = pl.when(is_enough == 1).then(-pl.col("period_days")).otherwise("period_days")
    ranked = rates.sort(is_enough, day, descending=True)
    return ranked.unique(_CELL, keep="first", maintain_order=True)


def _change(trials: Trials, days: int) -> pl.DataFrame:
    """The same for one length of period; nothing where the data are not old enough."""
    newest = trials.newest(days)
    before = trials.before(newest)
    if newest is None or before is None:
        return pl.DataFrame(schema=_SCHEMA)
    periods = [trials.of(period).with_columns(is_newest=pl.lit(period is newest)) for period in (before, newest)]
    compared = each_against_rest(pl.concat(periods), _CELL, "is_newest").filter("is_newest")
    rates = pl.concat([compared, overall_change(compared)], how="diagonal_relaxed")
    return _in(rates, Kind.CHANGE, newest).with_columns(
        baseline_first_on=pl.lit(before.first_on), baseline_last_on=pl.lit(before.last_on)
    )


def _months(trials: Trials) -> pl.DataFrame:
    """Every month that was watched as a whole, beside all others."""
    months = trials.by_month()
    if months.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    return each_against_rest(months, _CELL, "month").with_columns(
        kind=pl.lit(Kind.MONTH.value),
        first_on=pl.col("month"),
        last_on=pl.col("month").dt.month_end(),
        baseline_first_on=months["month"].min(),
        baseline_last_on=months["month"].dt.month_end().max(),
    )


def _gaps(trials: Trials, options: FindingOptions) -> pl.DataFrame:
    """Each segment beside all others, in the longest newest period for which there are data."""
    newest = _longest(trials, options)
    if newest is None:
        return pl.DataFrame(schema=_SCHEMA)
    return _in(each_against_rest(trials.of(newest), ["stage"], "segment"), Kind.GAP, newest)


def _levels(trials: Trials, options: FindingOptions) -> pl.DataFrame:
    """All customers of each stage in that period, compared with nothing."""
    newest = _longest(trials, options)
    if newest is None:
        return pl.DataFrame(schema=_SCHEMA)
    counts = {"customers_count": pl.len(), "happened_count": pl.col("has_happened").sum()}
    counted = trials.of(newest).group_by("stage").agg(**counts).with_columns(segment=pl.lit(ALL))
    return _in(with_rate(counted, "rate", "happened_count", "customers_count"), Kind.LEVEL, newest)


def _longest(trials: Trials, options: FindingOptions) -> Period | None:
    periods = (trials.newest(days) for days in sorted(options.period_days, reverse=True))
    return next((period for period in periods if period), None)


def _in(rates: pl.DataFrame, kind: Kind, period: Period) -> pl.DataFrame:
    return rates.with_columns(
        kind=pl.lit(kind.value),
        period_days=pl.lit(period.days),
        first_on=pl.lit(period.first_on),
        last_on=pl.lit(period.last_on),
    )


def _judged(rates: pl.DataFrame, options: FindingOptions) -> pl.DataFrame:
    """With q-values over all comparisons of a kind that have enough customers, and what is found."""
    has_enough = pl.min_horizontal("customers_count", "baseline_customers_count") >= options.least_customers
    is_compared = pl.col("difference").is_not_null()
    is_judged = rates.select(is_compared & has_enough & (pl.col("expected_count") >= LEAST_EXPECTED)).to_series()
    p_values, q_values = rates["p_value"].to_numpy(), np.full(rates.height, np.nan)
    for kind in Kind:
        rows = (is_judged & (rates["kind"] == kind.value)).fill_null(value=False).to_numpy()
        q_values[rows] = benjamini_hochberg(p_values[rows])
    is_shown, is_large = pl.col("q_value") < options.level, pl.col("difference").abs() >= options.least_difference
    return (
        rates.with_columns(is_judged.fill_null(value=False).alias("is_judged"), pl.Series("q_value", q_values))
        .with_columns(pl.when("is_judged").then(pl.col(_JUDGED)))
        .with_columns(
            finding=pl.when(~is_compared & (pl.col("kind") == Kind.LEVEL.value))
            .then(None)
            .when(~pl.col("is_judged"))
            .then(pl.lit(Finding.TOO_LITTLE_HISTORY.value))
            .when(is_shown & is_large)
            .then(pl.lit(Finding.DIFFERS.value))
            .when(is_shown)
            .then(pl.lit(Finding.DIFFERS_LITTLE.value))
            .otherwise(pl.lit(Finding.NOT_SHOWN.value))
        )
        .drop("is_judged", "expected_count")
    )
