"""Do the limits of silence that are in use still hold? What the data say now, and how the limits would have done."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from journey_analytics.analysis.survival.lapse_back_test import back_test_of
from journey_analytics.analysis.survival.lapse_thresholds import LearningOptions, thresholds_of
from journey_analytics.analysis.survival.silences import silence_curve

_FAR = 1.25
"""By what factor the present estimate differs from a limit that has drifted."""

_MICROSECOND = timedelta(microseconds=1)


def review(
    found: pl.DataFrame, watermark: datetime, in_use: pl.DataFrame, *, options: LearningOptions | None = None
) -> pl.DataFrame:
    """Hold limits against the silences that are known now.

    A limit has *drifted* where both are so: what would be learned now is more than a quarter longer or shorter, and
    the share that still returns after the limit in use is another than the one allowed, beyond chance.

    Args:
        found: Silences, as ``silences`` returns them; those shorter than ``options.shortest`` may be left out.
        watermark: Time up to which the data are complete.
        in_use: ``stage`` and ``lapse_after_seconds``: the limits.
        options: Horizon, share, pooling.

    Returns:
        One row per stage of ``in_use``, in its order: its columns, and ``present_seconds`` (what would be learned now;
        null where too few silences were seen for so long), ``is_pooled``, ``silences_count``, ``at_risk_count`` (seen
        for the present limit and the horizon), ``returning_rate`` with ``returning_low`` and ``returning_high`` (share
        of those silent for the limit in use who return within the horizon; null where too few were seen for so long),
        ``has_drifted``, and the columns of ``back_test``, of the limits in use.

    Raises:
        UsageError: An option cannot be.
    """
    chosen = options or LearningOptions()
    present = thresholds_of(found, watermark, options=chosen).select(
        "stage", "is_pooled", "silences_count", "at_risk_count", present_seconds="lapse_after_seconds"
    )
    tested = back_test_of(found, watermark, options=chosen, thresholds=in_use)
    returns = _returns(found, in_use, chosen)
    ratio = pl.col("present_seconds") / pl.col("lapse_after_seconds")
    is_far = ~ratio.is_between(1 / _FAR, _FAR)
    is_other = ~pl.lit(chosen.most_returning).is_between("returning_low", "returning_high")
    counts = ("silences_count", "at_risk_count", "customers_count", "dropped_off_count", "came_back_count",
              "missed_count")  # fmt: skip
    return (
        in_use.join(present, on="stage", how="left", maintain_order="left")
        .join(returns, on="stage", how="left", maintain_order="left")
        .join(tested, on="stage", how="left", maintain_order="left")
        .with_columns(
            pl.col(counts).fill_null(0),
            pl.col("is_pooled").fill_null(value=True),
            has_drifted=(is_far & is_other).fill_null(value=False),
        )
    )


def _returns(found: pl.DataFrame, in_use: pl.DataFrame, options: LearningOptions) -> pl.DataFrame:
    """Of each stage, the share that returns after its limit, where enough silences were seen for so long."""
    horizon = options.horizon // _MICROSECOND
    limits = dict(in_use.select("stage", "lapse_after_seconds").iter_rows())
    rows: list[tuple[str, float, float, float]] = []
    for (name,), own in found.filter(pl.col("stage").is_in(list(limits))).group_by("stage"):
        curve, limit = silence_curve(own), round(limits[name] * 1_000_000)
        if int(curve.at_risk(np.array([limit + horizon]))[0]) >= options.least_at_risk:
            share = float(curve.returning(np.array([limit]), horizon)[0])
            rows.append((str(name), share, *curve.returning_interval(limit, horizon)))
    names = ("stage", "returning_rate", "returning_low", "returning_high")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64) | {"stage": pl.String}, orient="row")
