"""Scores of inferred stages where the true ones are known."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from journey_analytics.arrays.segments import Flags

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.integer]

BINS = 10
_LEAST = 1e-6


@dataclass(frozen=True)
class StageScores:
    """How well stages were inferred.

    Attributes:
        accuracy: Share of touchpoints with the right stage.
        macro_f1: Mean of the stages' F1 scores, every stage counting the same.
        confusion: Touchpoints by true (rows) and inferred stage (columns).
        entry_days: Median error of the time at which a stage or a later one was first reached, in days, where it was.
        entries_missed: Share of such entries that were not found.
        funnel_error: Mean error of the shares of customers who reached each stage or a later one.
        log_loss: Mean negative logarithm of the true stage's probability; None for stages without probabilities.
        calibration_error: Mean distance between the probability of the likeliest stage and how often it is right, by
            tenths of probability; None likewise.
    """

    accuracy: float
    macro_f1: float
    confusion: npt.NDArray[np.int64]
    entry_days: float
    entries_missed: float
    funnel_error: float
    log_loss: float | None = None
    calibration_error: float | None = None


def score_stages(
    truth: Codes,
    inferred: Codes,
    first: npt.NDArray[np.int64],
    day: Floats,
    stages_count: int,
    *,
    probabilities: Floats | None = None,
    reached: Floats | None = None,
) -> StageScores:
    """Compare inferred stages with true ones, touchpoint by touchpoint.

    Args:
        truth: True stage of each touchpoint, by customer and time.
        inferred: Inferred stage of each.
        first: First touchpoint of each customer.
        day: Time of each touchpoint in days.
        stages_count: How many stages there are.
        probabilities: Probability of each stage (rows) at each touchpoint.
        reached: Share of customers who reached each stage, if better known than by the inferred stages.
    """
    confusion = np.zeros((stages_count, stages_count), dtype=np.int64)
    np.add.at(confusion, (truth, inferred), 1)
    hits, sizes = np.diag(confusion), confusion.sum(axis=0) + confusion.sum(axis=1)
    true_entries, entries = _entries(truth, first, day, stages_count), _entries(inferred, first, day, stages_count)
    happened = np.isfinite(true_entries)
    found = happened & np.isfinite(entries)
    shares = np.isfinite(entries).mean(axis=1) if reached is None else reached[1:]
    return StageScores(
        accuracy=float(hits.sum() / max(len(truth), 1)),
        macro_f1=float(np.mean(2.0 * hits / np.maximum(sizes, 1))),
        confusion=confusion,
        entry_days=float(np.median(np.abs(entries[found] - true_entries[found]))) if found.any() else float("nan"),
        entries_missed=1.0 - float(found.sum() / max(happened.sum(), 1)),
        funnel_error=float(np.abs(shares - happened.mean(axis=1)).mean()),
        log_loss=None if probabilities is None else log_loss(truth, probabilities),
        calibration_error=None
        if probabilities is None
        else calibration_error(probabilities.max(axis=0), inferred == truth),
    )


def log_loss(truth: Codes, probabilities: Floats) -> float:
    """Mean negative logarithm of the probability given to the true stage, which counts as one millionth at least."""
    given = probabilities[truth, np.arange(len(truth))]
    return float(-np.log(np.maximum(given, _LEAST)).mean())


def calibration_error(confidence: Floats, is_right: Flags) -> float:
    """Expected calibration error: by tenths of probability, how far it is from the share that is right.

    >>> calibration_error(np.array([0.9, 0.9, 0.6, 0.6]), np.array([True, True, True, False]))
    0.1
    """
    tenth = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    said, right = np.bincount(tenth, confidence, BINS), np.bincount(tenth, is_right, BINS)
    return round(float(np.abs(said - right).sum() / max(len(confidence), 1)), 12)


def brier(probability: Floats, happened: Flags) -> float:
    """Mean squared distance between a probability and what happened.

    >>> brier(np.array([1.0, 0.5]), np.array([True, False]))
    0.125
    """
    return float(((probability - happened) ** 2).mean())


def _entries(stage: Codes, first: npt.NDArray[np.int64], day: Floats, stages_count: int) -> Floats:
    """When each customer (columns) first reached each stage but the first, or a later one (rows); else infinite."""
    return np.array(
        [np.minimum.reduceat(np.where(stage >= reached, day, np.inf), first) for reached in range(1, stages_count)]
    )
