"""How probable it is that customers who are silent now are gone for good, given how long they have been silent."""

import numpy as np
import polars as pl

from journey_analytics.analysis.survival.lapse_thresholds import LearningOptions
from journey_analytics.analysis.survival.silences import Curve, dropped_probability, silence_curve


def gone_probabilities(
    found: pl.DataFrame, going_on: pl.DataFrame, *, options: LearningOptions | None = None
) -> pl.DataFrame:
    """Read the probability off the survival curve of the stage's silences: S(longest) / S(silence).

    The longest silence is the one of which still enough were seen; who is not back after it counts as gone. Where a
    stage has too few silences for any of that, the curve is that of all stages together.

    Args:
        found: Silences, as ``silences`` returns them.
        going_on: ``stage`` and ``microseconds`` of silence until now, other columns beside; one row per customer.
        options: Of these, how many silences are enough.

    Returns:
        The rows of ``going_on`` in their order, with ``gone_probability`` (null where not even all stages together tell
        it), ``longest_seconds`` and ``is_pooled``.
    """
    enough = (options or LearningOptions()).least_at_risk
    everyone = _told(silence_curve(found), enough)
    curves = {name: _told(silence_curve(own), enough) for (name,), own in found.group_by("stage")}
    stage, silence = going_on["stage"], going_on["microseconds"].to_numpy()
    probability = np.full(going_on.height, np.nan)
    longest = np.full(going_on.height, np.nan)
    is_pooled = np.ones(going_on.height, dtype=np.bool_)
    for name in stage.unique():
        own = (stage == name).to_numpy()
        curve = curves.get(name) or everyone
        is_pooled[own] = curves.get(name) is None
        if curve is not None:
            probability[own] = dropped_probability(curve, silence[own], enough)
            longest[own] = curve.at[curve.at_risk(curve.at) >= enough][-1] / 1e6
    return going_on.with_columns(
        gone_probability=pl.Series(probability).fill_nan(None),
        longest_seconds=pl.Series(longest).fill_nan(None),
        is_pooled=pl.Series(is_pooled),
    )


def _told(curve: Curve, enough: int) -> Curve | None:
    """The curve, if enough silences were seen to tell anything by it."""
    return curve if (curve.at_risk(curve.at) >= enough).any() else None
