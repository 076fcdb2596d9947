"""Thresholds of silence: after how long without a sign a customer of a stage hardly ever comes back.

They are learned from survival curves of all silences, those that are not over among them (``silences``).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import micros_of
from journey_analytics.analysis.survival.silences import Curve, Times, silence_curve, silences
from journey_analytics.arrays.sorting import counted
from journey_analytics.errors import UsageError

_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class LearningOptions:
    """How thresholds are learned.

    Attributes:
        horizon: How far ahead a return counts.
        most_returning: Share of the silent who may still return within it.
        least_at_risk: How many silences of a stage must have been seen to go on that long, or else it is pooled.
        pooling: Silences of a stage seen so long that weigh as much as all stages together, where it is pooled.
        shortest: Least threshold; never below the session timeout.
    """

    horizon: timedelta = timedelta(days=90)
    most_returning: float = 0.05
    least_at_risk: int = 50
    pooling: int = 200
    shortest: timedelta = timedelta(minutes=30)


def learned_thresholds(
    events: pl.DataFrame | pl.LazyFrame,
    watermark: datetime,
    *,
    options: LearningOptions | None = None,
    customer: str = "customer_id",
    time: str = "occurred_at",
    stage: str = "stage",
    order: Sequence[str] = (),
) -> pl.DataFrame:
    """Learn for each stage the shortest silence after which few return.

    The threshold is the least t with 1 - S(t + H) / S(t) below the share that may return, where S is the curve of the
    stage's silences and H the horizon. Where only n of them were seen for t + H, fewer than the least number, the share
    is that of the stage, weighted n / (n + pooling), and for the rest that of all stages.

    Args:
        events: Interactions; those after the watermark are left out.
        watermark: Time up to which the data are complete.
        options: Horizon, share, pooling.
        customer: Column of the customer.
        time: Column of the time.
        stage: Column of the stage that the customer was in.
        order: Columns that order events of the same time.

    Returns:
        One row per stage, by name: ``stage``, ``lapse_after_seconds`` (null where not even all stages together tell it:
        keep the configured one), ``is_pooled``, ``silences_count``, ``ended_count``, ``at_risk_count`` (silences of the
        stage seen for that long and the horizon), ``never_rate`` (silences that never end, as far as can be told),
        ``learned_at`` (the watermark), ``version`` (a hash of what was learned).

    Raises:
        UsageError: A column is missing or of another kind, or an option cannot be.
    """
    found = silences(events, watermark, customer=customer, time=time, stage=stage, order=order)
    return thresholds_of(found, watermark, options=options)


def thresholds_of(found: pl.DataFrame, watermark: datetime, *, options: LearningOptions | None = None) -> pl.DataFrame:
    """The same from silences: those shorter than the shortest threshold may be left out, they tell nothing of it.

    Args:
        found: Silences, as ``silences`` returns them.
        watermark: Time up to which the data are complete.
        options: Horizon, share, pooling.

    Returns:
        What ``learned_thresholds`` returns; counts are of the silences given, and ``never_rate`` is of those.

    Raises:
        UsageError: An option cannot be.
    """
    chosen = options or LearningOptions()
    if not 0 < chosen.most_returning < 1 or chosen.horizon <= timedelta(0):
        raise UsageError(
            "Thresholds cannot be learned so.", hint="Give a share between 0 and 1 and a positive horizon."
        )
    everyone = silence_curve(found)
    rows = []
    for (name,), own in sorted(found.group_by("stage")):
        curve = silence_curve(own)
        threshold, is_pooled = _threshold(curve, everyone, chosen)
        rows.append(
            {
                "stage": name,
                "lapse_after_seconds": None if threshold is None else threshold / _MICROSECONDS,
                "is_pooled": is_pooled,
                "silences_count": own.height,
                "ended_count": int(own["has_ended"].sum()),
                "at_risk_count": 0 if threshold is None else int(
                    curve.at_risk(np.array([threshold + chosen.horizon // _MICROSECOND]))[0]
                ),
                "never_rate": curve.never(chosen.least_at_risk),
            }
        )  # fmt: skip
    schema = {
        "stage": pl.String, "lapse_after_seconds": pl.Float64, "is_pooled": pl.Boolean, "silences_count": pl.Int64,
        "ended_count": pl.Int64, "at_risk_count": pl.Int64, "never_rate": pl.Float64,
    }  # fmt: skip
    learned = pl.DataFrame(rows, schema=schema)
    said = repr((learned.select("stage", "lapse_after_seconds").rows(), micros_of(watermark), chosen))
    version = hashlib.sha256(said.encode()).hexdigest()[:12]
    return learned.with_columns(learned_at=pl.lit(watermark), version=pl.lit(version))


def _threshold(curve: Curve, everyone: Curve, options: LearningOptions) -> tuple[int | None, bool]:
    """The least silence after which few return, and whether all stages had to help to find it."""
    horizon, shortest = options.horizon // _MICROSECOND, options.shortest // _MICROSECOND
    longest = curve.longest(options.least_at_risk)
    # As long as enough of the stage's own silences are seen, those of all stages have no say, and need no look.
    told_until = shortest - 1 if longest is None else longest - horizon
    times = _steps([curve.at], horizon, shortest)
    times = times[times <= told_until]
    few = np.flatnonzero(curve.returning(times, horizon) < options.most_returning)
    if len(few):
        return int(times[few[0]]), False
    # The weight of the stage also changes where one of the few that were seen so long is seen last.
    times = _steps([curve.at, everyone.at, curve.leaving[-options.least_at_risk :] + 1], horizon, shortest)
    times = times[times > told_until]
    own_at_risk = curve.at_risk(times + horizon)
    weight = own_at_risk / (own_at_risk + options.pooling)
    share = weight * curve.returning(times, horizon) + (1 - weight) * everyone.returning(times, horizon)
    is_told = everyone.at_risk(times + horizon) >= options.least_at_risk
    able = np.flatnonzero(is_told & (share < options.most_returning))
    return (int(times[able[0]]) if len(able) else None), True


def _steps(ends: Sequence[Times], horizon: int, first: int) -> Times:
    """From a time on, those at which a share of returning may change: where silences end, or a horizon before."""
    steps = [at - lag for at in ends for lag in (0, horizon)]
    later = [step[np.searchsorted(step, first) :] for step in steps]
    return counted(np.concatenate([[first], *later]))[0]
