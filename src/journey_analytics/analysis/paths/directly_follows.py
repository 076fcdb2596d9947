"""Directly-follows counts: how often one event comes right after another of the same entity, and after how long.

Events may be told apart by any column of names: stages, event types, channels.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
import polars as pl

from journey_analytics.analysis.bootstrap import REPLICATES, CustomerCounts, Floats, rate_interval
from journey_analytics.analysis.paths.edges import Moves, edge_facts, moves_of
from journey_analytics.analysis.paths.sequences import Sequences, sequences_of
from journey_analytics.arrays.segments import changes

Graph: TypeAlias = "nx.DiGraph[Any]"


@dataclass(frozen=True)
class DirectlyFollows:
    """What follows what in an event log.

    Attributes:
        edges: One row per pair, by name: ``from_event``, ``to_event``, ``transitions_count``, ``entities_count`` and
            ``customers_count`` (that have it), ``from_count`` (all events of that name, last ones included),
            ``transition_rate`` of these with its interval ``transition_low``, ``transition_high``; and, in seconds
            between the two events, ``mean``, ``median``, ``p90`` (interpolated), ``min``, ``max``, ``sum``, ``std``
            (sample standard deviation, null for one transition), each as ``<name>_seconds``.
        starts: First events of entities: ``event``, ``entities_count``, ``entity_rate`` (of all entities) with
            ``entity_low``, ``entity_high``.
        ends: Last events, likewise.
    """

    edges: pl.DataFrame
    starts: pl.DataFrame
    ends: pl.DataFrame

    def graph(self) -> Graph:
        """The edges as a directed graph, with what is known of each; times only where there are any."""
        found: Graph = nx.DiGraph()
        found.add_nodes_from(sorted({*self.starts["event"], *self.ends["event"]}))
        for row in self.edges.iter_rows(named=True):
            facts = {name: value for name, value in row.items() if value is not None}
            found.add_edge(facts.pop("from_event"), facts.pop("to_event"), **facts)
        return found


def directly_follows(
    events: pl.DataFrame | pl.LazyFrame,
    *,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
    order: Sequence[str] = (),
    customer: str | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> DirectlyFollows:
    """Count direct successors.

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

    Raises:
        UsageError: A column is missing or of another kind.

    Example:
        >>> from datetime import datetime
        >>> log = pl.DataFrame({
        ...     "customer_id": [1, 1, 2], "event_type": ["view", "buy", "view"],
        ...     "occurred_at": [datetime(2026, 1, day) for day in (1, 3, 2)],
        ... })
        >>> directly_follows(log).edges.select(
        ...     "from_event", "to_event", "transitions_count", "transition_rate", "median_seconds"
        ... ).rows()
        [('view', 'buy', 1, 0.5, 172800.0)]
    """
    found = sequences_of(events, entity=entity, time=time, event=event, order=order, customer=customer)
    names = pl.Series(found.names, dtype=pl.String)
    moves = moves_of(found)
    with ThreadPoolExecutor(1) as thread:
        known = thread.submit(edge_facts, moves, found)
        counts = _per_customer(found, moves)
        totals, drawn = counts.totals(), counts.resampled(replicates, seed)
        facts = known.result()
    source, target = moves.source, moves.target
    split = (len(source), len(source) + len(names))
    transitions, ended, started = np.split(totals, split)
    drawn_transitions, drawn_ended, drawn_started = np.split(drawn, split, axis=1)
    from_count = np.bincount(found.code, minlength=len(names))
    drawn_from = drawn_ended.copy()
    if len(source):
        own = np.flatnonzero(changes(source))
        drawn_from[:, source[own]] += np.add.reduceat(drawn_transitions, own, axis=1)
    drawn_from = drawn_from[:, source]
    low, high = rate_interval(drawn_transitions, drawn_from, transitions, from_count[source], facts.customers_count)
    frame = pl.DataFrame(
        {
            "from_event": names.gather(source),
            "to_event": names.gather(target),
            "transitions_count": transitions.astype(np.int64),
            "entities_count": facts.entities_count,
            "customers_count": facts.customers_count,
            "from_count": from_count[source],
            "transition_rate": transitions / from_count[source],
            "transition_low": low,
            "transition_high": high,
            **facts.seconds,
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    return DirectlyFollows(
        frame,
        _counted(names, started, drawn_started, found.customers_count),
        _counted(names, ended, drawn_ended, found.customers_count),
    )


def _per_customer(found: Sequences, moves: Moves) -> CustomerCounts:
    """Columns: edges, then last events, then first events."""
    names_count = len(found.names)
    starts = len(moves.source) + names_count + found.code[found.entities.first]
    return CustomerCounts(
        np.concatenate([found.entities.spread(found.customer), found.customer]),
        np.concatenate([moves.of_event, starts]),
        np.ones(len(found.code) + len(starts), dtype=np.int8),
        found.customers_count,
        len(moves.source) + 2 * names_count,
    )


def _counted(names: pl.Series, count: Floats, drawn: Floats, customers_count: int) -> pl.DataFrame:
    entities = count.sum()
    low, high = rate_interval(
        drawn,
        drawn.sum(axis=1, keepdims=True),
        count,
        np.full(len(count), entities),
        np.full(len(count), customers_count),
    )
    return (
        pl.DataFrame(
            {
                "event": names,
                "entities_count": count.astype(np.int64),
                "entity_rate": count / entities,
                "entity_low": low,
                "entity_high": high,
            }
        )
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .filter(pl.col("entities_count") > 0)
    )
