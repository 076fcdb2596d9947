"""Conformance: how near what happened is to an expected path.

The cost of a sequence of n events on a path of m steps is n + m - 2 L: the events that do not belong there and the
steps that are missing, where L is the length of the longest common subsequence. Its fitness is 1 - cost / (n + m).
These are the optimal alignments of process mining for a path without branches (Carmona et al., "Conformance Checking",
2018).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.bootstrap import REPLICATES, CustomerCounts, percentile_interval, rate_interval
from journey_analytics.analysis.paths.distinct_sequences import DistinctSequences, distinct_sequences
from journey_analytics.analysis.paths.sequences import sequences_of
from journey_analytics.errors import UsageError

LONGEST_PATH = 63
"""Steps that an expected path may have: one bit each."""


@dataclass(frozen=True)
class Conformance:
    """How near entities are to an expected path.

    Attributes:
        entities: One row per entity, by entity: the entity, ``events_count``, ``common_count`` (events that follow the
            path), ``extra_count`` (events that do not), ``missing_count`` (steps without an event), ``fitness`` from 0
            to 1, ``is_fitting`` (nothing extra, nothing missing).
        summary: One row per measure: ``measure``, ``estimate``, ``low``, ``high``, ``entities_count``. Measures are
            ``fitting_rate`` (of entities), ``mean_fitness`` (over entities), ``log_fitness`` (1 - all costs / the cost
            of having nothing in common).
    """

    entities: pl.DataFrame
    summary: pl.DataFrame


def conformance(
    events: pl.DataFrame | pl.LazyFrame,
    expected_path: Sequence[str],
    *,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
    order: Sequence[str] = (),
    customer: str | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Conformance:
    """Compare what entities did with an expected path.

    Rows may stand in any order: events are ordered by time, then by the columns of ``order``, then by name.

    Args:
        events: Any event log; rows without an entity, a time or a name are left out.
        expected_path: Names of events in the expected order; a name may stand several times.
        entity: Column of the case: a customer, a session, a journey.
        time: Column of the time.
        event: Column of the name.
        order: Columns that order events of the same time.
        customer: Column of the customer whom an entity belongs to, who are drawn again for the intervals; by default
            each entity is a customer.
        replicates: How often customers are drawn again; 0 for no intervals.
        seed: Of these draws.

    Raises:
        UsageError: The path is empty or too long, or a column is missing or of another kind.

    Example:
        >>> from datetime import datetime
        >>> log = pl.DataFrame({
        ...     "customer_id": [1, 1, 1], "event_type": ["view", "search", "buy"],
        ...     "occurred_at": [datetime(2026, 1, day) for day in (1, 2, 3)],
        ... })
        >>> conformance(log, ["view", "buy"]).entities.select("common_count", "extra_count", "fitness").rows()
        [(2, 1, 0.8)]
    """
    steps_count = len(expected_path)
    if isinstance(expected_path, str) or not 0 < steps_count <= LONGEST_PATH:
        raise UsageError(
            f"An expected path of {steps_count} steps cannot be compared with.",
            hint=f"Give a list of 1 to {LONGEST_PATH} names of events.",
        )
    found = sequences_of(events, entity=entity, time=time, event=event, order=order, customer=customer, facts=[entity])
    distinct = distinct_sequences(found)
    common = longest_common(distinct, expected_path)[distinct.of_entity].astype(np.int64)
    length = found.entities.lengths
    cost = length + steps_count - 2 * common
    fitness = 1 - cost / (length + steps_count)
    frame = pl.DataFrame(
        {
            entity: found.facts[entity],
            "events_count": length,
            "common_count": common,
            "extra_count": length - common,
            "missing_count": steps_count - common,
            "fitness": fitness,
            "is_fitting": cost == 0,
        }
    ).sort(entity)
    counts = _per_customer(found.customer, found.customers_count, length + steps_count, cost, fitness)
    return Conformance(frame, _summary(counts, replicates, seed))


def longest_common(distinct: DistinctSequences, path: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Length of the longest common subsequence of each distinct sequence and a path.

    One bit per step of the path says where the length grows, so that a step of a sequence is four operations on
    integers (Hyyrö 2004, "Bit-parallel LCS-length computation revisited"), done for all sequences at once.
    """
    steps = {name: np.uint64(0) for name in distinct.names}
    for place, name in enumerate(path):
        if name in steps:
            steps[name] |= np.uint64(1 << place)
    of_name = np.array([steps[name] for name in distinct.names], dtype=np.uint64)
    longest_first = np.argsort(-distinct.events.lengths, kind="stable")
    lengths, first = distinct.events.lengths[longest_first], distinct.events.first[longest_first]
    still = np.full(len(lengths), (1 << len(path)) - 1, dtype=np.uint64)
    for place in range(int(lengths.max(initial=0))):
        able = int(np.searchsorted(-lengths, -place, side="left"))
        here = of_name[distinct.code[first[:able] + place]]
        met = still[:able] & here
        still[:able] = (still[:able] + met) | (still[:able] - met)
    still &= np.uint64((1 << len(path)) - 1)
    found = np.empty(len(lengths), dtype=np.uint8)
    found[longest_first] = len(path) - np.bitwise_count(still)
    return found


def _per_customer(
    customer: npt.NDArray[np.int32], customers_count: int, most: npt.NDArray[np.int64], cost: npt.NDArray[np.int64],
    fitness: npt.NDArray[np.float64],
) -> CustomerCounts:  # fmt: skip
    """Columns: entities, those that fit, the sum of their fitness, of costs, and of what costs could be at most."""
    amounts = (np.ones(len(customer)), (cost == 0).astype(np.float64), fitness, cost.astype(float), most.astype(float))
    return CustomerCounts(
        np.tile(customer, len(amounts)),
        np.repeat(np.arange(len(amounts)), len(customer)),
        np.concatenate(amounts),
        customers_count,
        len(amounts),
    )


def _summary(counts: CustomerCounts, replicates: int, seed: int) -> pl.DataFrame:
    totals, drawn = counts.totals(), counts.resampled(replicates, seed)
    entities, fitting, fitness, cost, most = totals
    with np.errstate(invalid="ignore"):
        estimates = np.array([fitting / entities, fitness / entities, 1 - cost / most])
        drawn_means = np.stack([drawn[:, 2] / drawn[:, 0], 1 - drawn[:, 3] / drawn[:, 4]], axis=1)
    low, high = percentile_interval(drawn_means)
    fitting_low, fitting_high = rate_interval(
        drawn[:, 1:2], drawn[:, :1], [fitting], [entities], [counts.customers_count]
    )
    return pl.DataFrame(
        {
            "measure": ["fitting_rate", "mean_fitness", "log_fitness"],
            "estimate": estimates,
            "low": np.concatenate([fitting_low, low]),
            "high": np.concatenate([fitting_high, high]),
            "entities_count": np.full(3, int(entities)),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
