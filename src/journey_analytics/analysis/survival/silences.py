"""Silences: the time from each interaction of a customer to the next one, and how long such silences go on.

The last silence of everybody is not over, so that the longest silences are the ones least seen to end: quantiles of the
gaps that were seen are too short. Survival curves of the gaps, the last one of each customer censored at the watermark,
have no such bias.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.event_log import micros_of
from journey_analytics.analysis.intervals import Z95
from journey_analytics.analysis.paths.sequences import sequences_of
from journey_analytics.arrays.segments import Segments, changes

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


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

    def longest(self, least_at_risk: int) -> int | None:
        """The longest silence that so many were seen to last; None where there are fewer at all."""
        return int(self.leaving[-least_at_risk]) if 0 < least_at_risk <= len(self.leaving) else None

    def never(self, least_at_risk: int) -> float:
        """Share that never ends, as far as can be told: the height of the curve where enough are still seen."""
        is_told = self.at_risk(self.at) >= least_at_risk
        return float(self.survival[is_told][-1]) if is_told.any() else 1.0

    def returning(self, silence: Times, horizon: int) -> Floats:
        """Share of those silent for some time who return within the horizon; of nobody, nobody."""
        now = self.after(silence)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(now > 0, 1 - self.after(silence + horizon) / now, 0.0)

    def returning_interval(self, silence: int, horizon: int) -> tuple[float, float]:
        """95 % interval of ``returning``: Greenwood's variance from then on, on the scale of log(-log)."""
        share = float(self.returning(np.array([silence]), horizon)[0])
        if not 0 < share < 1:
            return share, share
        first, last = np.searchsorted(self.at, [silence, silence + horizon], side="right")
        going_on = self.survival[first:last] / np.append(1.0, self.survival)[first:last]
        at_risk = self.at_risk(self.at[first:last])
        with np.errstate(divide="ignore"):
            spread = Z95 * np.sqrt(np.sum((1 - going_on) / (at_risk * going_on))) / abs(np.log(1 - share))
        return 1 - (1 - share) ** float(np.exp(-spread)), 1 - (1 - share) ** float(np.exp(spread))


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
        One row per event, in no order that means anything: ``stage``, ``started`` (microseconds since 1970),
        ``microseconds``, ``has_ended``.

    Raises:
        UsageError: A column is missing or of another kind.
    """
    log = events.lazy()
    if time in log.collect_schema():
        log = log.filter(pl.col(time).dt.epoch("us") <= micros_of(watermark))
    found = sequences_of(log, entity=customer, time=time, event=stage, order=order)
    until = np.full(len(found.at), micros_of(watermark), dtype=np.int64)
    until[found.followed] = found.at[found.followed + 1]
    names = pl.Series(found.names, dtype=pl.String)
    return pl.DataFrame(
        {
            "stage": names.gather(found.code),
            "started": found.at,
            "microseconds": until - found.at,
            "has_ended": found.has_next,
        }
    )


def silences_between(found: pl.DataFrame, watermark: datetime) -> pl.DataFrame:
    """Silences that are known by their two ends, as ``silences`` returns them.

    Args:
        found: ``stage``, ``started_at``, ``ended_at`` (null while it goes on); other columns are kept.
        watermark: Time up to which the data are complete.
    """
    return found.select(
        pl.all().exclude("started_at", "ended_at"),
        started=pl.col("started_at").dt.epoch("us"),
        microseconds=pl.col("ended_at").dt.epoch("us").fill_null(micros_of(watermark))
        - pl.col("started_at").dt.epoch("us"),
        has_ended=pl.col("ended_at").is_not_null(),
    )


def seen_until(found: pl.DataFrame, then: datetime) -> pl.DataFrame:
    """The silences that had begun by an earlier time, as far as they were seen then."""
    lasted = micros_of(then) - pl.col("started")
    return found.filter(lasted >= 0).with_columns(
        microseconds=pl.min_horizontal("microseconds", lasted),
        has_ended=pl.col("has_ended") & (pl.col("microseconds") <= lasted),
    )


def silence_curve(found: pl.DataFrame) -> Curve:
    """The survival curve of some silences."""
    # Both in one integer: a plain sort of these takes a tenth of what one of rows does.
    packed = found["microseconds"].to_numpy() * 2 + found["has_ended"].to_numpy()
    packed.sort()
    at, has_ended = packed >> 1, (packed & 1).astype(np.bool_)
    runs = Segments.starting(changes(at))
    ended = runs.counts(has_ended)
    survival = np.cumprod(1 - ended / (len(at) - runs.first)).astype(np.float64)
    return Curve(at[runs.first][ended > 0], survival[ended > 0], at)


def dropped_probability(curve: Curve, silence: Times, least_at_risk: int) -> Floats:
    """Probability that a customer who has been silent for some time never comes back: S(longest) / S(silence)."""
    now = curve.after(silence)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.minimum(1.0, np.where(now > 0, curve.never(least_at_risk) / now, 1.0))
