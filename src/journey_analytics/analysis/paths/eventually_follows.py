"""Eventually-follows counts: how often one event comes some time after another of the same entity."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import sparse

from journey_analytics.analysis.bootstrap import REPLICATES, CustomerCounts, rate_interval
from journey_analytics.analysis.paths.distinct_sequences import DistinctSequences, distinct_sequences
from journey_analytics.analysis.paths.sequences import sequences_of
from journey_analytics.arrays.segments import Rows
from journey_analytics.arrays.sorting import counted


def eventually_follows(
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
    """Count what comes some time after what.

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
        One row per pair of names that occurs, by name: ``from_event``, ``to_event``, ``pairs_count`` (every event of
        the first name with every later one of the second), ``entities_count`` (that have such a pair), ``from_count``
        (entities with the first event), ``follows_rate`` (of these) with ``follows_low`` and ``follows_high``.

    Raises:
        UsageError: A column is missing or of another kind.

    Example:
        >>> from datetime import datetime
        >>> log = pl.DataFrame({
        ...     "customer_id": [1, 1, 1, 2], "event_type": ["view", "view", "buy", "view"],
        ...     "occurred_at": [datetime(2026, 1, day) for day in (1, 2, 3, 4)],
        ... })
        >>> eventually_follows(log).select("from_event", "to_event", "pairs_count", "follows_rate").rows()
        [('view', 'buy', 2, 0.5), ('view', 'view', 1, 0.5)]
    """
    found = sequences_of(events, entity=entity, time=time, event=event, order=order, customer=customer)
    distinct = distinct_sequences(found)
    names_count = len(found.names)
    pairs = _pairs(distinct)
    edges, number = np.unique(pairs["edge"].to_numpy(), return_inverse=True, sorted=True)
    weight = distinct.entities_count[pairs["sequence"].to_numpy()]
    source = edges // max(1, names_count)
    sequence, code = _with_name(distinct)
    shape = (len(distinct.events), len(edges) + names_count)
    has = sparse.coo_array(
        (
            np.ones(len(number) + len(code), dtype=np.int64),
            (np.concatenate([pairs["sequence"].to_numpy(), sequence]), np.concatenate([number, len(edges) + code])),
        ),
        shape=shape,
    ).tocsr()
    keys, times = counted(found.customer.astype(np.int64) * max(1, len(distinct.events)) + distinct.of_entity)
    whose, which = np.divmod(keys, max(1, len(distinct.events)))
    did = sparse.coo_array((times, (whose, which)), shape=(found.customers_count, len(distinct.events))).tocsr()
    both = (did @ has).tocoo()
    whose, which = both.coords
    counts = CustomerCounts(whose, which, both.data, found.customers_count, shape[1])
    totals, drawn = counts.totals(), counts.resampled(replicates, seed)
    entities, having = totals[: len(edges)], totals[len(edges) :][source]
    customers = np.bincount(which, minlength=shape[1])[len(edges) :][source]
    low, high = rate_interval(drawn[:, : len(edges)], drawn[:, len(edges) :][:, source], entities, having, customers)
    names = pl.Series(found.names, dtype=pl.String)
    return pl.DataFrame(
        {
            "from_event": names.gather(source),
            "to_event": names.gather(edges % max(1, names_count)),
            "pairs_count": np.bincount(number, weights=pairs["count"].to_numpy() * weight, minlength=len(edges)).astype(
                np.int64
            ),
            "entities_count": entities.astype(np.int64),
            "from_count": having.astype(np.int64),
            "follows_rate": entities / having,
            "follows_low": low,
            "follows_high": high,
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _pairs(distinct: DistinctSequences) -> pl.DataFrame:
    """``sequence``, ``edge`` and ``count``: how often each pair of names occurs in each distinct sequence.

    One name after the other: how often it has occurred before each event is a running count.
    """
    names_count = len(distinct.names)
    sequence = distinct.events.spread(np.arange(len(distinct.events)))
    parts = []
    for name in range(names_count):
        is_here = distinct.code == name
        within = np.zeros(len(distinct.events), dtype=np.bool_)
        within[sequence[is_here]] = True
        rows = np.flatnonzero(within[sequence])
        before = np.cumsum(is_here[rows]) - is_here[rows]
        own = sequence[rows]
        starts = np.flatnonzero(np.diff(own, prepend=-1))
        before -= np.repeat(before[starts], np.diff(starts, append=len(rows)))
        later = before > 0
        parts.append(
            pl.DataFrame({"sequence": own[later], "code": distinct.code[rows][later], "count": before[later]})
            .group_by("sequence", "code")
            .agg(pl.col("count").sum())
            .select("sequence", "count", edge=pl.lit(name * names_count, dtype=pl.Int64) + pl.col("code"))
        )
    empty = pl.DataFrame(schema={"sequence": pl.Int64, "count": pl.Int64, "edge": pl.Int64})
    return pl.concat([empty, *parts]).select("sequence", "edge", "count")


def _with_name(distinct: DistinctSequences) -> tuple[Rows, Rows]:
    """Every distinct sequence with every name that occurs in it."""
    names_count = max(1, len(distinct.names))
    sequence = distinct.events.spread(np.arange(len(distinct.events), dtype=np.int64))
    keys, _ = counted(sequence * names_count + distinct.code.astype(np.int64))
    return keys // names_count, keys % names_count
