"""Silence: after how long without a sign a customer of a stage hardly ever comes back, learned from those who did.

The last silence of everybody is not over, so that the longest silences are the ones least seen to end: quantiles of the
gaps that were seen are too short. Survival curves of the gaps, the last one of each customer censored at the watermark,
have no such bias.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.event_log import micros_of
from journey_analytics.analysis.paths.sequences import sequences_of
from journey_analytics.arrays.segments import Segments, changes
from journey_analytics.arrays.sorting import counted
from journey_analytics.errors import UsageError

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

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


@dataclass(frozen=True)
class Curve:
    """A survival curve of silences.

    Attributes:
        at: Times at which a silence was seen to end, in microseconds, ascending.
        survival: Share of the silences that go on after each.
        leaving: All times at which a silence ended or was seen last, ascending.
    """

    at: Times
    survival: Floats
    leaving: Times

    def after(self, silence: Times) -> Floats:
        """Share of the silences that are longer."""
        return np.append(1.0, self.survival)[np.searchsorted(self.at, silence, side="right")]

    def at_risk(self, silence: Times) -> Times:
        """How many silences were seen to last at least that long."""
        return len(self.leaving) - np.searchsorted(self.leaving, silence, side="left")

    def never(self, least_at_risk: int) -> float:
        """Share that never ends, as far as can be told: the height of the curve where enough are still seen."""
        is_told = self.at_risk(self.at) >= least_at_risk
        return float(self.survival[is_told][-1]) if is_told.any() else 1.0


def silences(
    events: pl.DataFrame | pl.LazyFrame,
    watermark: datetime,
    *,
    customer: str = "customer_id",
    time: str = "occurred_at",
    stage: str = "stage",
    order: Sequence[str] = (),
) -> pl.DataFrame:
    """Every silence of every customer: from an event to the next one, or to the watermark.

    Args:
        events: Interactions; those after the watermark are left out.
        watermark: Time up to which the data are complete.
        customer: Column of the customer.
        time: Column of the time.
        stage: Column of the stage that the customer was in.
        order: Columns that order events of the same time.

    Returns:
        One row per event, in no order that means anything: ``stage``, ``microseconds``, ``has_ended``.

    Raises:
        UsageError: A column is missing or of another kind.
    """
    log = events.lazy()
    if time in log.collect_schema():
        log = log.filter(pl.col(time).dt.epoch("us") <= micros_of(watermark))
    found = sequences_of(log, entity=customer, time=time, event=stage, order=order)
    until = np.full(len(found.at), micros_of(watermark), dtype=np.int64)
    until[found.followed] = found.at[found.followed + 1]
    has_ended = np.zeros(len(found.at), dtype=np.bool_)
    has_ended[found.followed] = True
    names = pl.Series(found.names, dtype=pl.String)
    return pl.DataFrame({"stage": names.gather(found.code), "microseconds": until - found.at, "has_ended": has_ended})


def silence_curve(found: pl.DataFrame) -> Curve:
    """The survival curve of some silences."""
    ordered = found.sort("microseconds")
    at, has_ended = ordered["microseconds"].to_numpy(), ordered["has_ended"].to_numpy()
    runs = Segments.starting(changes(at))
    ended = runs.counts(has_ended)
    survival = np.cumprod(1 - ended / (len(at) - runs.first)).astype(np.float64)
    return Curve(at[runs.first][ended > 0], survival[ended > 0], at)


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
    chosen = options or LearningOptions()
    if not 0 < chosen.most_returning < 1 or chosen.horizon <= timedelta(0):
        raise UsageError(
            "Thresholds cannot be learned so.", hint="Give a share between 0 and 1 and a positive horizon."
        )
    found = silences(events, watermark, customer=customer, time=time, stage=stage, order=order)
    everyone = silence_curve(found)
    rows = []
    for (name,), own in found.sort("stage").group_by("stage", maintain_order=True):
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
    # The share changes only where a silence ends, or a horizon before.
    times, _ = counted(
        np.concatenate([[shortest], *(step - lag for step in (curve.at, everyone.at) for lag in (0, horizon))])
    )
    times = times[times >= shortest]
    own_at_risk = curve.at_risk(times + horizon)
    weight = own_at_risk / (own_at_risk + options.pooling)
    share = _returning(curve, times, horizon)
    is_told = own_at_risk >= options.least_at_risk
    pooled = weight * share + (1 - weight) * _returning(everyone, times, horizon)
    share = np.where(is_told, share, pooled)
    is_told |= everyone.at_risk(times + horizon) >= options.least_at_risk
    able = np.flatnonzero(is_told & (share < options.most_returning))
    if not len(able):
        return None, True
    found = int(times[able[0]])
    return found, bool(curve.at_risk(np.array([found + horizon]))[0] < options.least_at_risk)


def _returning(curve: Curve, times: Times, horizon: int) -> Floats:
    """Share of those silent for some time who return within the horizon; of nobody, nobody."""
    now = curve.after(times)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(now > 0, 1 - curve.after(times + horizon) / now, 0.0)


def dropped_probability(curve: Curve, silence: Times, least_at_risk: int) -> Floats:
    """Probability that a customer who has been silent for some time never comes back: S(longest) / S(silence)."""
    now = curve.after(silence)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.minimum(1.0, np.where(now > 0, curve.never(least_at_risk) / now, 1.0))
