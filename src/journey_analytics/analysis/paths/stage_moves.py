"""Moves by their direction: on to the next stage, past it, back, in place, or out."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from journey_analytics.analysis.bootstrap import REPLICATES, CustomerCounts, rate_interval
from journey_analytics.analysis.paths.sequences import sequences_of
from journey_analytics.arrays.sorting import counted
from journey_analytics.errors import UsageError

MOVES = ("next", "skip", "back", "repeat", "end")
"""To the stage after, past it, to one before, to the same, and none because it was the last."""


def stage_moves(
    events: pl.DataFrame | pl.LazyFrame,
    stages: Sequence[str],
    *,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
    order: Sequence[str] = (),
    customer: str | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> pl.DataFrame:
    """Count how entities move through stages that have an order.

    Rows may stand in any order: events are ordered by time, then by the columns of ``order``, then by name. Events that
    are no stage are passed over.

    Args:
        events: Any event log or stage visits; rows without an entity, a time or a name are left out.
        stages: Names in their order.
        entity: Column of the case: a customer, a session, a journey.
        time: Column of the time.
        event: Column of the name.
        order: Columns that order events of the same time.
        customer: Column of the customer whom an entity belongs to, who are drawn again for the intervals; by default
            each entity is a customer.
        replicates: How often customers are drawn again; 0 for no intervals.
        seed: Of these draws.

    Returns:
        Five rows per stage, in order: ``stage``, ``move`` (``next``, ``skip``, ``back``, ``repeat``, ``end``),
        ``moves_count``, ``customers_count`` (that make it), ``from_count`` (all events in the stage), ``move_rate`` (of
        these; null without any) with ``move_low`` and ``move_high``.

    Raises:
        UsageError: A stage stands twice or there is none, or a column is missing or of another kind.

    Example:
        >>> from datetime import datetime
        >>> log = pl.DataFrame({
        ...     "customer_id": [1, 1, 1], "event_type": ["see", "buy", "see"],
        ...     "occurred_at": [datetime(2026, 1, day) for day in (1, 2, 3)],
        ... })
        >>> found = stage_moves(log, ["see", "try", "buy"])
        >>> found.filter(pl.col("moves_count") > 0).select("stage", "move", "moves_count", "move_rate").rows()
        [('see', 'skip', 1, 0.5), ('see', 'end', 1, 0.5), ('buy', 'back', 1, 1.0)]
    """
    if isinstance(stages, str) or not stages or len(set(stages)) < len(stages):
        raise UsageError(f"Stages without an order: {stages!r}.", hint="Give a list of different names.")
    log = events.lazy()
    if event in log.collect_schema():
        log = log.filter(pl.col(event).cast(pl.String).is_in(list(stages)))
    found = sequences_of(log, entity=entity, time=time, event=event, order=order, customer=customer)
    rank_of = np.array([list(stages).index(name) for name in found.names], dtype=np.int64)
    rank = rank_of[found.code] if len(found.names) else np.zeros(0, dtype=np.int64)
    move = np.full(len(rank), MOVES.index("end"), dtype=np.int64)
    source = found.followed
    step = rank[source + 1] - rank[source]
    move[source] = np.select([step == 1, step > 1, step < 0], [0, 1, 2], 3)
    size = len(stages) * len(MOVES)
    customer_of = found.customer[found.entity].astype(np.int64)
    keys, count = counted(customer_of * size + rank * len(MOVES) + move)
    counts = CustomerCounts(keys // size, keys % size, count, found.customers_count, size)
    totals, drawn = counts.totals(), counts.resampled(replicates, seed)
    pairs, _ = counted(customer_of * len(stages) + rank)
    customers = np.repeat(np.bincount(pairs % len(stages), minlength=len(stages)), len(MOVES))
    of_stage = np.repeat(totals.reshape(-1, len(MOVES)).sum(axis=1), len(MOVES))
    drawn_of_stage = np.repeat(drawn.reshape(len(drawn), len(stages), len(MOVES)).sum(axis=2), len(MOVES), axis=1)
    low, high = rate_interval(drawn, drawn_of_stage, totals, of_stage, customers)
    with np.errstate(invalid="ignore"):
        rate = totals / of_stage
    return pl.DataFrame(
        {
            "stage": np.repeat(list(stages), len(MOVES)),
            "move": list(MOVES) * len(stages),
            "moves_count": totals.astype(np.int64),
            "customers_count": np.bincount(keys % size, minlength=size),
            "from_count": of_stage.astype(np.int64),
            "move_rate": rate,
            "move_low": low,
            "move_high": high,
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
