"""Edges: which event is followed by which, how many entities and customers have it, and how long it takes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.bootstrap import Floats
from journey_analytics.analysis.paths.ordering import in_threads
from journey_analytics.analysis.paths.sequences import Sequences
from journey_analytics.arrays.segments import Rows, changes
from journey_analytics.arrays.sorting import counted, places_among, rows_by_key

_DECILE = 0.9
_MICROSECONDS = 1_000_000
_LOWER_BITS = 20
_NAMES_OF_TWO_BYTES = 256
_MOST_COUNTS = 20_000_000


@dataclass(frozen=True)
class Moves:
    """What each event is followed by.

    Attributes:
        source: Number of the first name of each edge, ascending.
        target: Number of the second name, ascending for each first one.
        of_event: Number of the edge that leaves each event; of a last event, that of its name behind all edges.
    """

    source: Rows
    target: Rows
    of_event: npt.NDArray[np.unsignedinteger[Any]]


def moves_of(found: Sequences) -> Moves:
    """Find the edges of an event log."""
    size, last = len(found.names), found.entities.last
    # Numbers of two bytes are looked up and sorted faster.
    code = found.code.astype(np.uint16 if size < _NAMES_OF_TWO_BYTES else np.int64)
    move = code * code.dtype.type(size)
    move[:-1] += code[1:]
    move[last] = size * size + found.code[last]
    different, _ = counted(move)
    edges = different[different < size * size].astype(np.int64)
    source, target = np.divmod(edges, max(1, size))
    return Moves(source, target, places_among(np.append(edges, size * size + np.arange(size)), move))


@dataclass(frozen=True)
class EdgeFacts:
    """What is known of each edge.

    Attributes:
        entities_count: How many entities have it.
        customers_count: How many customers.
        seconds: ``mean``, ``median``, ``p90``, ``min``, ``max``, ``sum`` and ``std`` of its duration, each as
            ``<name>_seconds``.
    """

    entities_count: Rows
    customers_count: Rows
    seconds: dict[str, Floats]


def edge_facts(moves: Moves, found: Sequences) -> EdgeFacts:
    """Look at all events that leave by an edge together."""
    edges_count = len(moves.source)
    parts = found.parts(len(found.code) * edges_count // _MOST_COUNTS)
    counts = np.array([np.bincount(moves.of_event[part.events], minlength=edges_count)[:edges_count] for part in parts])
    counts = counts.reshape(len(parts), edges_count)
    count = counts.sum(axis=0)
    first = np.cumsum(count) - count
    starts = first + np.cumsum(counts, axis=0) - counts
    gap = np.empty(int(count.sum()), dtype=np.int64)

    def put(number: int) -> tuple[Rows, Rows]:
        """Put the durations of a part where those of their edges stand, and tell each edge that an entity has."""
        part, own = parts[number], counts[number]
        row = rows_by_key(moves.of_event[part.events])[: own.sum()]
        before = np.cumsum(own) - own
        gap[np.arange(len(row)) + np.repeat(starts[number] - before, own)] = np.diff(found.at[part.events])[row]
        entity = part.cut.spread(np.arange(len(part.cut)))[row]
        is_new = changes(entity)
        is_new[before[own > 0]] = True
        return entity[is_new] + part.entities.start, moves.of_event[part.events][row[is_new]].astype(np.int64)

    having = in_threads(put, range(len(parts)))
    entities = np.zeros(edges_count, dtype=np.int64)
    for _, edge in having:
        entities += np.bincount(edge, minlength=edges_count)
    customers = (
        entities if found.customers_count == len(found.entities) else _customers_count(found, having, edges_count)
    )
    return EdgeFacts(entities, customers, _seconds(gap, first, count))


def _customers_count(found: Sequences, having: list[tuple[Rows, Rows]], edges_count: int) -> Rows:
    entity, edge = (np.concatenate([pair[place] for pair in having]) for place in (0, 1))
    pairs, _ = counted(found.customer[entity].astype(np.int64) * edges_count + edge)
    return np.bincount(pairs % max(1, edges_count), minlength=edges_count)


def _seconds(gap: Rows, first: Rows, count: Rows) -> dict[str, Floats]:
    """Statistics of the durations of each edge, in microseconds one behind the other."""
    if not len(gap):
        names = ("mean", "median", "p90", "min", "max", "sum", "std")
        return {f"{name}_seconds": np.zeros(0) for name in names}
    # Microseconds of many entities may add up to more than 64 bits hold.
    upper = np.add.reduceat(gap >> _LOWER_BITS, first).astype(np.float64)
    lower = np.add.reduceat(gap & ((1 << _LOWER_BITS) - 1), first).astype(np.float64)
    total = upper * (1 << _LOWER_BITS) + lower
    from_mean = gap - np.repeat(total / count, count)
    np.square(from_mean, out=from_mean)
    with np.errstate(invalid="ignore", divide="ignore"):
        std = np.sqrt(np.add.reduceat(from_mean, first) / (count - 1))
    median, decile = (_places(first, count, share) for share in (0.5, _DECILE))
    least, greatest = np.minimum.reduceat(gap, first), np.maximum.reduceat(gap, first)
    wanted = np.stack([*median[:2], *decile[:2]], axis=1)
    for start, size, places in zip(first.tolist(), count.tolist(), wanted - first[:, None], strict=True):
        gap[start : start + size].partition(places)
    told = {
        "mean": total / count,
        "median": _between(gap, *median),
        "p90": _between(gap, *decile),
        "min": least,
        "max": greatest,
        "sum": total,
        "std": std,
    }
    return {f"{name}_seconds": values / _MICROSECONDS for name, values in told.items()}


def _places(first: Rows, count: Rows, share: float) -> tuple[Rows, Rows, Floats]:
    """Where a quantile of each edge lies among its ascending durations: between which two, and how far."""
    place = (count - 1) * share
    below = np.asarray(place, dtype=np.int64)
    return first + below, first + np.minimum(below + 1, count - 1), np.asarray(place - below, dtype=np.float64)


def _between(gap: Rows, low: Rows, high: Rows, part: Floats) -> Floats:
    return gap[low] + (gap[high] - gap[low]) * part
