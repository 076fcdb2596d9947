"""What customers did last before they dropped off, beside what those who went on did at the same point.

The most common last contact is mostly the most common contact. So the last act of each drop-off is put beside acts of
other customers in the same stage, about as long in it and about as often seen there, who went on after them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import LogColumns, Which, check_columns
from journey_analytics.analysis.intervals import benjamini_hochberg
from journey_analytics.analysis.precursors.matched_sets import matched_sets
from journey_analytics.analysis.precursors.preceding_patterns import PatternOptions
from journey_analytics.analysis.precursors.risk_points import risk_points
from journey_analytics.analysis.precursors.set_comparison import set_comparison
from journey_analytics.arrays.sorting import numbered

_BETWEEN = "\x1f"


def last_contacts(
    subjects: pl.DataFrame,
    events: pl.DataFrame | pl.LazyFrame,
    *,
    until: datetime,
    window: timedelta,
    acts: Which = None,
    stage: str = "stage",
    options: PatternOptions | None = None,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
    channel: str = "channel",
    order: Sequence[str] = (),
) -> pl.DataFrame:
    """Compare the last acts of those who dropped off with acts after which others went on.

    Args:
        subjects: Stays as ``precursors`` has them, with their stage: the entity, ``started_at``, ``ended_at`` (null
            while it goes on; of a drop-off the last act), ``is_dropped``.
        events: What happened to them, in any order.
        until: Time up to which the data are complete.
        window: Silence after which one has dropped off. Acts so near the end are not judged.
        acts: Which events are acts of the customer: a name, several, or a condition such as
            ``pl.col("is_interaction")``; all by default.
        stage: Column of ``subjects``.
        options: ``controls``, ``last`` (up to so many acts their number is matched exactly) and ``seed`` are used.
        entity: Column of the entity in both frames.
        time: Column of the time of events.
        event: Column of their name.
        channel: Column of their channel.
        order: Columns that order events of one time.

    Returns:
        One row per stage, event and channel, the stages by name, in them the most common last act first: ``stage``;
        ``event``; ``channel``; ``dropped_count`` (drop-offs whose last act it was) with ``dropped_rate``,
        ``dropped_low``, ``dropped_high`` (of those of the stage with a control; Wilson); ``control_count`` (controls
        whose act it was) and ``control_rate`` (theirs, each set weighed by its drop-offs); ``odds_ratio`` with
        ``odds_low`` and ``odds_high`` (of dropping off after this act to after another; Mantel and Haenszel; null where
        it cannot be told); ``excess_count`` (drop-offs with it, more than at the rate of their controls); ``p_value``
        and ``q_value`` (Benjamini and Hochberg, over all rows); ``is_few`` (fewer than 10 drop-offs or controls); and
        in all rows of a stage ``matched_count`` (its drop-offs with a control).

    Raises:
        UsageError: A column is missing or of another kind, entities or times do not fit, or options cannot be.

    Example:
        >>> day = lambda number: datetime(2026, 1, number)
        >>> stays = pl.DataFrame({
        ...     "customer_id": range(40), "stage": ["buying"] * 40, "started_at": [day(1)] * 40,
        ...     "is_dropped": [True] * 20 + [False] * 20, "ended_at": [day(1)] * 20 + [day(5)] * 20,
        ... })
        >>> log = pl.DataFrame({
        ...     "customer_id": range(40), "occurred_at": [day(1)] * 40, "channel": ["web"] * 40,
        ...     "event_type": ["error"] * 15 + ["look"] * 25,
        ... })
        >>> found = last_contacts(stays, log, until=day(31), window=timedelta(days=7))
        >>> found.select("stage", "event", "dropped_rate", "control_rate").rows()
        [('buying', 'error', 0.75, 0.0), ('buying', 'look', 0.25, 1.0)]
    """
    options = options or PatternOptions()
    options.check(window)
    log = events.lazy()
    check_columns(log.collect_schema(), times=[time], texts=[event, channel], others=[entity, *order])
    contact = pl.concat_str(pl.col(event).cast(pl.String), pl.lit(_BETWEEN), pl.col(channel).cast(pl.String))
    points = risk_points(
        subjects, log.with_columns(contact.alias(_BETWEEN)), LogColumns(entity, time, _BETWEEN),
        until=until, window=window, acts=acts, stage=stage, order=order,
    )  # fmt: skip
    sets = matched_sets(points, controls=options.controls, exact=options.last, seed=options.seed)
    width = len(points.names) + 1
    key = points.stage[sets.member] * width + points.code[points.points[sets.member]]
    cells, thing = numbered(key)
    by_stage = np.bincount(points.stage[sets.member[sets.is_dropped]], minlength=len(points.stages) + 1)
    matched = by_stage[cells // width]
    compared = set_comparison(sets, np.arange(len(sets.member)), thing, matched)
    parts = points.names.gather(cells % width).str.split_exact(_BETWEEN, 1).struct
    stages = pl.concat([pl.Series([None], dtype=pl.String), points.stages]).gather(cells // width)
    named = {"stage": stages, "event": parts.field("field_0"), "channel": parts.field("field_1")}
    return (
        pl.DataFrame(named)
        .hstack(compared)
        .insert_column(-1, pl.Series("q_value", benjamini_hochberg(compared["p_value"])))
        .with_columns(matched_count=pl.Series(matched, dtype=pl.Int64))
        .sort("stage", "dropped_count", "event", "channel", descending=[False, True, False, False])
    )
