"""Directly-follows counts: how often one event comes right after another of the same entity, and after how long.

Events may be told apart by any column of names: stages, event types, channels.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.bootstrap import REPLICATES, CustomerCounts, Floats, rate_interval
from journey_analytics.analysis.paths.sequences import Sequences, sequences_of
from journey_analytics.arrays.segments import Rows, changes
from journey_analytics.arrays.sorting import counted

Graph: TypeAlias = "nx.DiGraph[Any]"

_DECILE = 0.9
_MICROSECONDS = 1_000_000
_NAMES_OF_TWO_BYTES = 256


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
    moves = _transitions(found)
    edges, owners = moves.edges, _owners(moves)
    starts, ends = found.code[found.entities.first], found.code[found.entities.last]
    counts = _per_customer(found, owners, len(edges), starts, ends)
    with ThreadPoolExecutor(1) as thread:
        statistics = thread.submit(_statistics, moves)
        totals, drawn = counts.totals(), counts.resampled(replicates, seed)
    split = (len(edges), len(edges) + len(names))
    transitions, ended, started = np.split(totals, split)
    drawn_transitions, drawn_ended, drawn_started = np.split(drawn, split, axis=1)
    source, target = edges // len(names) if len(names) else edges, edges % len(names) if len(names) else edges
    from_count = np.bincount(found.code, minlength=len(names))
    drawn_from = drawn_ended.copy()
    if len(edges):
        own = np.flatnonzero(changes(source))
        drawn_from[:, source[own]] += np.add.reduceat(drawn_transitions, own, axis=1)
    drawn_from = drawn_from[:, source]
    customers = _customers_count(owners, found, len(edges))
    low, high = rate_interval(drawn_transitions, drawn_from, transitions, from_count[source], customers)
    frame = pl.DataFrame(
        {
            "from_event": names.gather(source),
            "to_event": names.gather(target),
            "transitions_count": transitions.astype(np.int64),
            "entities_count": np.bincount(owners.edge, minlength=len(edges)),
            "customers_count": customers,
            "from_count": from_count[source],
            "transition_rate": transitions / from_count[source],
            "transition_low": low,
            "transition_high": high,
            **statistics.result(),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    return DirectlyFollows(
        frame,
        _counted(names, started, drawn_started, found.customers_count),
        _counted(names, ended, drawn_ended, found.customers_count),
    )


@dataclass(frozen=True)
class _Transitions:
    """Pairs of successive events, by edge, and in each edge by entity.

    Attributes:
        edges: The different edges, ascending: number of the first name times how many names there are, plus that of the
            second.
        first: First transition of each edge.
        entity: Entity of each transition.
        gap: Microseconds that it took.
    """

    edges: Rows
    first: Rows
    entity: npt.NDArray[np.int32]
    gap: Rows


def _transitions(found: Sequences) -> _Transitions:
    names_count, has_next = len(found.names), found.has_next[:-1]
    # Numbers of two bytes are sorted by counting them.
    code = found.code.astype(np.uint16 if names_count <= _NAMES_OF_TWO_BYTES else np.int64)
    edge = (code[:-1] * code.dtype.type(names_count) + code[1:])[has_next]
    gap = np.diff(found.at)[has_next]
    place = np.argsort(edge, kind="stable")
    edges, count = counted(edge)
    return _Transitions(
        edges.astype(np.int64), np.cumsum(count) - count, found.entity[:-1][has_next][place], gap[place]
    )


@dataclass(frozen=True)
class _Owners:
    """Which entity has which edge, and how often: one row per pair, by edge."""

    entity: npt.NDArray[np.int32]
    edge: Rows
    count: Rows


def _owners(moves: _Transitions) -> _Owners:
    is_new = changes(moves.entity)
    is_new[moves.first] = True
    first = np.flatnonzero(is_new)
    edge = np.searchsorted(moves.first, first, side="right") - 1
    return _Owners(moves.entity[first], edge, np.diff(first, append=len(moves.entity)))


def _customers_count(owners: _Owners, found: Sequences, edges_count: int) -> npt.NDArray[np.int64]:
    if found.customers_count == len(found.entities):
        return np.bincount(owners.edge, minlength=edges_count)
    pairs, _ = counted(found.customer[owners.entity].astype(np.int64) * max(1, edges_count) + owners.edge)
    return np.bincount(pairs % max(1, edges_count), minlength=edges_count)


def _per_customer(
    found: Sequences, owners: _Owners, edges_count: int, starts: npt.NDArray[Any], ends: npt.NDArray[Any]
) -> CustomerCounts:
    """Columns: edges, then last events, then first events."""
    ones = np.ones(len(starts), dtype=np.int64)
    return CustomerCounts(
        np.concatenate([found.customer[owners.entity], found.customer, found.customer]),
        np.concatenate([owners.edge, edges_count + ends, edges_count + len(found.names) + starts]),
        np.concatenate([owners.count, ones, ones]),
        found.customers_count,
        edges_count + 2 * len(found.names),
    )


def _statistics(moves: _Transitions) -> dict[str, Floats]:
    """Statistics of the durations of each edge."""
    first, gap = moves.first, moves.gap.copy()
    if not len(gap):
        names = ("mean", "median", "p90", "min", "max", "sum", "std")
        return {f"{name}_seconds": np.zeros(0) for name in names}
    for own in np.split(gap, first[1:]):
        own.sort()
    count = np.diff(first, append=len(gap))
    # Microseconds of many entities may add up to more than 64 bits hold.
    whole = np.add.reduceat(gap // _MICROSECONDS, first)
    total = whole + np.add.reduceat(gap % _MICROSECONDS, first) / _MICROSECONDS
    mean = total / count
    from_mean = gap / _MICROSECONDS - np.repeat(mean, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        std = np.sqrt(np.add.reduceat(from_mean * from_mean, first) / (count - 1))
    return {
        "mean_seconds": mean,
        "median_seconds": _quantile(gap, first, count, 0.5),
        "p90_seconds": _quantile(gap, first, count, _DECILE),
        "min_seconds": gap[first] / _MICROSECONDS,
        "max_seconds": gap[first + count - 1] / _MICROSECONDS,
        "sum_seconds": total,
        "std_seconds": std,
    }


def _quantile(gap: Rows, first: Rows, count: Rows, share: float) -> Floats:
    place = (count - 1) * share
    below = np.floor(place).astype(np.int64)
    low, high = gap[first + below], gap[first + np.minimum(below + 1, count - 1)]
    return (low + (high - low) * (place - below)) / _MICROSECONDS


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
