"""Directly-follows counts: how often one activity comes right after another within a case."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class DirectlyFollows:
    """What follows what in an event log.

    Attributes:
        edges: One row per pair: ``from_activity``, ``to_activity``, ``transitions_count``, ``entities_count`` and, in
            seconds between the two events, ``mean``, ``median``, ``p90``, ``min``, ``max``, ``sum``, ``std`` (sample
            standard deviation, null for one transition), each as ``<name>_seconds``.
        starts: ``activity``, ``entities_count``: first activities.
        ends: ``activity``, ``entities_count``: last activities.
    """

    edges: pl.DataFrame
    starts: pl.DataFrame
    ends: pl.DataFrame


def directly_follows(
    log: pl.DataFrame, *, entity: str, activity: str, at: str, order: Sequence[str] = ()
) -> DirectlyFollows:
    """Count direct successors.

    Rows may stand in any order: they are sorted by entity, time and the columns of ``order``.

    Args:
        log: Any event log.
        entity: Column of the case or customer.
        activity: Column of the activity.
        at: Column of the time.
        order: Columns that order events of the same time.

    Example:
        >>> from datetime import datetime
        >>> log = pl.DataFrame({
        ...     "case": [1, 1, 2], "step": ["view", "buy", "view"], "at": [datetime(2026, 1, day) for day in (1, 3, 2)],
        ... })
        >>> directly_follows(log, entity="case", activity="step", at="at").edges.select(
        ...     "from_activity", "to_activity", "transitions_count", "median_seconds"
        ... ).rows()
        [('view', 'buy', 1, 172800.0)]
    """
    ordered = log.sort([entity, at, *order]).select(
        entity=entity,
        activity=activity,
        at=at,
        is_last=pl.col(entity).ne_missing(pl.col(entity).shift(-1)),
        is_first=pl.col(entity).ne_missing(pl.col(entity).shift(1)) | (pl.int_range(pl.len()) == 0),
    )
    seconds = pl.col("seconds")
    edges = (
        ordered.with_columns(
            to_activity=pl.col("activity").shift(-1),
            seconds=(pl.col("at").shift(-1) - pl.col("at")).dt.total_microseconds() / 1e6,
        )
        .filter(~pl.col("is_last") & (pl.int_range(pl.len()) < pl.len() - 1))
        .group_by(from_activity="activity", to_activity="to_activity")
        .agg(
            transitions_count=pl.len(),
            entities_count=pl.col("entity").n_unique(),
            mean_seconds=seconds.mean(),
            median_seconds=seconds.median(),
            p90_seconds=seconds.quantile(0.9, "linear"),
            min_seconds=seconds.min(),
            max_seconds=seconds.max(),
            sum_seconds=seconds.sum(),
            std_seconds=seconds.std(),
        )
        .sort("from_activity", "to_activity")
    )
    return DirectlyFollows(edges, _counted(ordered, "is_first"), _counted(ordered, "is_last"))


def _counted(ordered: pl.DataFrame, position: str) -> pl.DataFrame:
    return ordered.filter(position).group_by("activity").agg(entities_count=pl.len()).sort("activity")
