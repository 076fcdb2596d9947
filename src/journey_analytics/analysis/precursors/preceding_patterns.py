"""Which patterns of events go before a drop-off, beside customers at the same point who went on.

Who stays long has done more of everything, and something has to be the last. So each drop-off is put beside customers
who had just acted, too, in the same stage, for about as long and about as often, and went on: what the last events of
both were is compared. A lag leaves out what may already be part of leaving. A pattern is associated with dropping off;
that it causes it, no table can say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import LogColumns, Which
from journey_analytics.analysis.intervals import benjamini_hochberg
from journey_analytics.analysis.precursors.matched_sets import MatchedSets, matched_sets
from journey_analytics.analysis.precursors.patterns import Patterns, patterns_before
from journey_analytics.analysis.precursors.risk_points import risk_points
from journey_analytics.analysis.precursors.set_comparison import set_comparison
from journey_analytics.errors import UsageError

_MOST_EVENTS = 3


@dataclass(frozen=True)
class PatternOptions:
    """Which patterns are looked at, and beside how many controls.

    Attributes:
        longest: How many events a pattern has at most: 1, 2 or 3.
        last: How many events before the point are looked at.
        lag: Events in so long a time before the point do not count.
        controls: How many customers who went on are put beside each drop-off, at most.
        least_count: Patterns that fewer members have, drop-offs and controls together, are not tested.
        seed: Another number takes other controls, where there are more.
    """

    longest: int = 3
    last: int = 5
    lag: timedelta = timedelta(0)
    controls: int = 10
    least_count: int = 20
    seed: int = 0

    def check(self, window: timedelta) -> None:
        """Check that they can be followed, with this window of silence.

        Raises:
            UsageError: One of them cannot.
        """
        if not 1 <= self.longest <= _MOST_EVENTS:
            raise UsageError(f"Patterns of up to {self.longest} events cannot be.", hint="Give 1, 2 or 3.")
        if min(self.lag, window) < timedelta(0):
            raise UsageError("A time is negative.", hint="Give lag and window as durations of zero or more.")
        if min(self.last, self.controls, self.least_count) < 1 or self.seed < 0:
            raise UsageError(
                "Patterns need events, controls and a least count.", hint="Give at least 1 of each, and a seed from 0."
            )


def preceding_patterns(
    subjects: pl.DataFrame,
    events: pl.DataFrame | pl.LazyFrame,
    *,
    until: datetime,
    window: timedelta,
    acts: Which = None,
    stage: str | None = None,
    options: PatternOptions | None = None,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
    order: Sequence[str] = (),
) -> pl.DataFrame:
    """Compare what was done before a drop-off with what others did before the same point.

    Drop-offs, at the last act of their stays, are put beside acts of other customers who went on after them: acts in
    the same stage, with about as many days since it began (0, 1, 2 to 3, 4 to 7, ...), and as many acts in it (beyond
    ``last`` in such bands, too); one act of each customer in a set. Where there are more than ``controls`` for each
    drop-off, always the same ones are taken.

    Args:
        subjects: Stays as ``precursors`` has them: the entity, ``started_at``, ``ended_at`` (null while it goes on; of
            a drop-off the last act), ``is_dropped``. Stays of an entity should not overlap.
        events: What happened to them, in any order; what lies in no stay is left out.
        until: Time up to which the data are complete.
        window: Silence after which one has dropped off. Acts so near the end are not judged.
        acts: Which events are acts of the customer, after which one goes on or drops off: a name, several, or a
            condition such as ``pl.col("is_interaction")``; all by default. Others make patterns, too.
        stage: Column of ``subjects`` that has to be the same, such as the stage.
        options: Length of patterns, lag, controls.
        entity: Column of the entity in both frames.
        time: Column of the time of events.
        event: Column of their name.
        order: Columns that order events of one time.

    Returns:
        One row per pattern that enough of them had, the greatest excess first: ``pattern`` (names in order);
        ``dropped_count`` (drop-offs that had it) with ``dropped_rate``, ``dropped_low``, ``dropped_high`` (Wilson);
        ``control_count`` (controls that had it) and ``control_rate`` (theirs, each set weighed by its drop-offs);
        ``odds_ratio`` (of dropping off at a point with it to one without; Mantel and Haenszel) with ``odds_low`` and
        ``odds_high`` (null where it cannot be told); ``excess_count`` (drop-offs that had it, more than at the rate of
        their controls); ``p_value`` and ``q_value`` (Benjamini and Hochberg, over all rows); ``is_few`` (fewer than 10
        drop-offs or controls had it); and the same in all rows ``matched_count`` (drop-offs with a control) and
        ``unmatched_count`` (without).

    Raises:
        UsageError: A column is missing or of another kind, entities or times do not fit, or options cannot be.

    Example:
        Of forty customers half get an error after they looked around; they leave, and the others come back.

        >>> day = lambda number: datetime(2026, 1, number)
        >>> who = list(range(40))
        >>> stays = pl.DataFrame({
        ...     "customer_id": who, "started_at": [day(1)] * 40, "is_dropped": [True] * 20 + [False] * 20,
        ...     "ended_at": [day(2)] * 20 + [day(5)] * 20,
        ... })
        >>> log = pl.DataFrame({
        ...     "customer_id": who * 2, "occurred_at": [day(1)] * 40 + [day(2)] * 40,
        ...     "event_type": ["look"] * 40 + ["error"] * 20 + ["look"] * 20,
        ... })
        >>> found = preceding_patterns(stays, log, until=day(31), window=timedelta(days=7))
        >>> found.select("pattern", "dropped_rate", "control_rate", "excess_count").head(2).rows()
        [(['error'], 1.0, 0.0, 20.0), (['look', 'error'], 1.0, 0.0, 20.0)]
    """
    options = options or PatternOptions()
    options.check(window)
    columns = LogColumns(entity, time, event)
    points = risk_points(subjects, events, columns, until=until, window=window, acts=acts, stage=stage, order=order)
    sets = matched_sets(points, controls=options.controls, exact=options.last, seed=options.seed)
    lag = options.lag // timedelta(microseconds=1)
    patterns = patterns_before(points, sets.member, longest=options.longest, last=options.last, lag=lag)
    return _tested(sets, patterns, options.least_count)


def _tested(sets: MatchedSets, patterns: Patterns, least_count: int) -> pl.DataFrame:
    """The patterns that enough members had, with q-values over these."""
    matched = int(sets.is_dropped.sum())
    compared = set_comparison(sets, patterns.member, patterns.pattern, np.full(len(patterns.paths), matched))
    found = compared.insert_column(0, patterns.paths).filter(
        pl.col("dropped_count") + pl.col("control_count") >= least_count
    )
    return (
        found.insert_column(-1, pl.Series("q_value", benjamini_hochberg(found["p_value"])))
        .with_columns(
            matched_count=pl.lit(matched, dtype=pl.Int64), unmatched_count=pl.lit(sets.unmatched_count, dtype=pl.Int64)
        )
        .sort("excess_count", pl.col("pattern").list.join("\0"), descending=[True, False])
    )
