"""Rework: which events entities do again, and how soon."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from journey_analytics.analysis.bootstrap import REPLICATES, CustomerCounts, rate_interval
from journey_analytics.analysis.paths.sequences import sequences_of
from journey_analytics.arrays.sorting import counted


def rework(
    events: pl.DataFrame | pl.LazyFrame,
    *,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
    order: Sequence[str] = (),
    customer: str | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> pl.DataFrame:
    """Count repetitions of each event.

    Rows may stand in any order: events are ordered by time, then by the columns of ``order``, then by name.

    Args:
        events: Any event log; rows without an entity, a time or a name are left out.
        entity: Column of the case: a customer, a session, a journey.
        time: Column of the time.
        event: Column of the name.
        order: Columns that order events of the same time.
        customer: Column of the customer whom an entity belongs to, who are drawn again for the intervals; by default
            each entity is a customer.
        replicates: How often customers are drawn again; 0 for no intervals.
        seed: Of these draws.

    Returns:
        One row per name, by name: ``event``, ``events_count``, ``entities_count`` (that have it), ``rework_count``
        (entities that have it at least twice), ``rework_rate`` (of those that have it) with ``rework_low`` and
        ``rework_high``, ``repeats_count`` (occurrences after an entity's first), ``loops_count`` (of these right after
        one another), ``least_distance`` (fewest other events between two occurrences; null without a repetition).

    Raises:
        UsageError: A column is missing or of another kind.

    Example:
        >>> from datetime import datetime
        >>> log = pl.DataFrame({
        ...     "customer_id": [1, 1, 1, 2], "event_type": ["view", "search", "view", "view"],
        ...     "occurred_at": [datetime(2026, 1, day) for day in (1, 2, 3, 4)],
        ... })
        >>> rework(log).select("event", "rework_count", "rework_rate", "least_distance").rows()
        [('search', 0, 0.0, None), ('view', 1, 0.5, 1)]
    """
    found = sequences_of(events, entity=entity, time=time, event=event, order=order, customer=customer)
    names_count = max(1, len(found.names))
    own = found.entity.astype(np.int64) * names_count + found.code
    place = np.argsort(own, kind="stable")
    is_again = np.flatnonzero(own[place][1:] == own[place][:-1]) + 1
    distance = place[is_again] - place[is_again - 1] - 1
    code = found.code[place[is_again]]
    least = np.full(len(found.names), np.iinfo(np.int64).max)
    np.minimum.at(least, code, distance)
    keys, times = counted(own)
    whose, which = np.divmod(keys, names_count)
    is_rework = times > 1
    size = len(found.names)
    counts = CustomerCounts(
        found.customer[np.concatenate([whose, whose[is_rework]])],
        np.concatenate([which, size + which[is_rework]]),
        np.ones(len(whose) + np.count_nonzero(is_rework)),
        found.customers_count,
        2 * size,
    )
    (having, again), drawn = np.split(counts.totals(), 2), counts.resampled(replicates, seed)
    pairs, _ = counted(found.customer[whose].astype(np.int64) * names_count + which)
    customers = np.bincount(pairs % names_count, minlength=size)
    low, high = rate_interval(drawn[:, size:], drawn[:, :size], again, having, customers)
    return pl.DataFrame(
        {
            "event": pl.Series(found.names, dtype=pl.String),
            "events_count": np.bincount(found.code, minlength=size),
            "entities_count": having.astype(np.int64),
            "rework_count": again.astype(np.int64),
            "rework_rate": again / having,
            "rework_low": low,
            "rework_high": high,
            "repeats_count": np.bincount(code, minlength=size),
            "loops_count": np.bincount(code[distance == 0], minlength=size),
            "least_distance": least,
        }
    ).with_columns(
        pl.col(pl.Float64).fill_nan(None), least_distance=pl.when(pl.col("repeats_count") > 0).then("least_distance")
    )
