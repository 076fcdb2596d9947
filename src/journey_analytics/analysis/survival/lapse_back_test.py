"""How good thresholds of silence would have been: who was judged dropped off some time ago, and who came back since."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import micros_of
from journey_analytics.analysis.intervals import wilson_bounds
from journey_analytics.analysis.survival.lapse_thresholds import LearningOptions, thresholds_of
from journey_analytics.analysis.survival.silences import dropped_probability, seen_until, silence_curve, silences

ALL = "(all)"
"""Stands for all stages together."""


def back_test(
    events: pl.DataFrame | pl.LazyFrame,
    watermark: datetime,
    *,
    options: LearningOptions | None = None,
    thresholds: pl.DataFrame | None = None,
    customer: str = "customer_id",
    time: str = "occurred_at",
    stage: str = "stage",
    order: Sequence[str] = (),
) -> pl.DataFrame:
    """Judge customers as of a horizon before the watermark, and count who came back until the watermark.

    Thresholds and curves are learned from what was known by then, unless thresholds are given.

    Args:
        events: Interactions.
        watermark: Time up to which the data are complete.
        options: Horizon, share, pooling.
        thresholds: ``stage`` and ``lapse_after_seconds``, to be tested instead of learned ones.
        customer: Column of the customer.
        time: Column of the time.
        stage: Column of the stage that the customer was in.
        order: Columns that order events of the same time.

    Returns:
        One row per stage of the last event by then, by name, and one for ``(all)``: ``stage``, ``customers_count``,
        ``dropped_off_count`` (silent longer than the threshold), ``came_back_count`` (of these),
        ``false_lapse_rate`` (came back, of dropped off) with ``false_lapse_low``, ``false_lapse_high`` (Wilson),
        ``missed_count`` (not judged dropped off, and yet not seen again), ``brier_score`` (mean squared error of the
        probability of having dropped off). A stage without a threshold judges nobody.

    Raises:
        UsageError: A column is missing or of another kind, or an option cannot be.
    """
    found = silences(events, watermark, customer=customer, time=time, stage=stage, order=order)
    return back_test_of(found, watermark, options=options, thresholds=thresholds)


def back_test_of(
    found: pl.DataFrame,
    watermark: datetime,
    *,
    options: LearningOptions | None = None,
    thresholds: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The same from silences, as ``silences`` returns them; without short ones, nobody is judged who was in one.

    Raises:
        UsageError: An option cannot be.
    """
    chosen = options or LearningOptions()
    then = watermark - chosen.horizon
    known = seen_until(found, then)
    learned = thresholds if thresholds is not None else thresholds_of(known, then, options=chosen)
    limit = dict(learned.select("stage", "lapse_after_seconds").iter_rows())
    curves = {name: silence_curve(own) for (name,), own in known.group_by("stage")}
    judged = _going_on(found, then)
    silence = judged["microseconds"].to_numpy()
    probability = np.zeros(judged.height)
    for name, curve in curves.items():
        own = (judged["stage"] == name).to_numpy()
        probability[own] = dropped_probability(curve, silence[own], chosen.least_at_risk)
    lapse_after = pl.col("stage").replace_strict(limit, default=None, return_dtype=pl.Float64)
    told = judged.with_columns(
        is_dropped=(pl.col("microseconds") / 1e6 > lapse_after).fill_null(value=False),
        error=(pl.Series(probability) - (~pl.col("came_back")).cast(pl.Float64)) ** 2,
    )
    both = pl.concat([told.sort("stage", "microseconds"), told.sort("microseconds").with_columns(stage=pl.lit(ALL))])
    counted = both.group_by("stage", maintain_order=True).agg(
        customers_count=pl.len().cast(pl.Int64),
        dropped_off_count=pl.col("is_dropped").sum().cast(pl.Int64),
        came_back_count=(pl.col("is_dropped") & pl.col("came_back")).sum().cast(pl.Int64),
        missed_count=(~pl.col("is_dropped") & ~pl.col("came_back")).sum().cast(pl.Int64),
        brier_score=pl.col("error").mean(),
    )
    dropped, back = counted["dropped_off_count"].to_numpy(), counted["came_back_count"].to_numpy()
    low, high = wilson_bounds(back, dropped)
    return counted.with_columns(
        false_lapse_rate=pl.col("came_back_count") / pl.col("dropped_off_count"),
        false_lapse_low=pl.Series(low),
        false_lapse_high=pl.Series(high),
    ).select(
        "stage", "customers_count", "dropped_off_count", "came_back_count",
        pl.col("false_lapse_rate", "false_lapse_low", "false_lapse_high").fill_nan(None), "missed_count", "brier_score",
    )  # fmt: skip


def _going_on(found: pl.DataFrame, then: datetime) -> pl.DataFrame:
    """The silences that went on at a time: how long they had lasted, and whether the customer came back since."""
    lasted = micros_of(then) - pl.col("started")
    return found.filter(lasted >= 0, ~pl.col("has_ended") | (pl.col("microseconds") > lasted)).select(
        "stage", microseconds=lasted, came_back="has_ended"
    )
