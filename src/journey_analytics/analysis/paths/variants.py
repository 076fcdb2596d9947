"""Variants: the different ways through, as whole sequences of events, with how common each is and where it ends."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.bootstrap import REPLICATES, CustomerCounts, Floats, rate_interval
from journey_analytics.analysis.paths.distinct_sequences import DistinctSequences, distinct_sequences
from journey_analytics.analysis.paths.ordering import Numbers
from journey_analytics.analysis.paths.outcomes import OUTCOMES, outcome_numbers
from journey_analytics.analysis.paths.sequences import Sequences, sequences_of
from journey_analytics.arrays.segments import Rows
from journey_analytics.arrays.sorting import counted

TOP = 100
"""How many variants are told unless said otherwise."""

_DRAWN_AT_ONCE = 2_000


def variants(
    events: pl.DataFrame | pl.LazyFrame,
    *,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
    order: Sequence[str] = (),
    customer: str | None = None,
    outcome: str | None = None,
    top: int | None = TOP,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> pl.DataFrame:
    """Tell the most common variants.

    Rows may stand in any order: events are ordered by time, then by the columns of ``order``, then by name.

    Args:
        events: Any event log; rows without an entity, a time or a name are left out.
        entity: Column of the case: a customer, a session, a journey.
        time: Column of the time.
        event: Column of the name.
        order: Columns that order events of the same time.
        customer: Column of the customer whom an entity belongs to, who are drawn again for the intervals; by default
            each entity is a customer.
        outcome: Column that says what became of the entity, ``completed``, ``dropped_off`` or ``open``, the same in all
            its rows; null is open.
        top: How many variants; None for all, which takes time and memory where most are seen once.
        replicates: How often customers are drawn again; 0 for no intervals.
        seed: Of these draws.

    Returns:
        One row per variant, the most common first, then by the names: ``variant_index`` from 1, ``path`` (names),
        ``events_count``, ``entities_count``, ``customers_count``, ``entity_rate`` (of all entities) with ``entity_low``
        and ``entity_high``, ``coverage_rate`` (of this and the more common ones, of all entities). With ``outcome``
        also ``completed_count``, ``dropped_off_count``, ``open_count``, and of those that are decided
        ``completed_rate`` with ``completed_low``, ``completed_high`` and ``drop_off_rate`` with ``drop_off_low``,
        ``drop_off_high``.

    Raises:
        UsageError: A column is missing or of another kind, or an outcome is none.

    Example:
        >>> from datetime import datetime
        >>> log = pl.DataFrame({
        ...     "customer_id": [1, 1, 2, 3, 3], "event_type": ["view", "buy", "view", "view", "buy"],
        ...     "occurred_at": [datetime(2026, 1, day) for day in (1, 3, 2, 5, 6)],
        ... })
        >>> variants(log).select("path", "entities_count", "coverage_rate").rows()
        [(['view', 'buy'], 2, 0.6666666666666666), (['view'], 1, 1.0)]
    """
    found = sequences_of(
        events,
        entity=entity,
        time=time,
        event=event,
        order=order,
        customer=customer,
        facts=[outcome] if outcome else [],
    )
    distinct = distinct_sequences(found)
    chosen, paths = _most_common(distinct, top)
    became = outcome_numbers(found.facts[outcome]) if outcome else None
    cells = _cells(found, distinct, chosen, became)
    frame = pl.DataFrame(
        {
            "variant_index": np.arange(1, len(chosen) + 1),
            "path": paths,
            "events_count": distinct.events.lengths[chosen],
            "entities_count": distinct.entities_count[chosen],
        }
    )
    parts = [
        _rates(found, cells, start, min(start + _DRAWN_AT_ONCE, len(chosen)), replicates, seed, is_judged=bool(outcome))
        for start in range(0, max(1, len(chosen)), _DRAWN_AT_ONCE)
    ]
    return pl.concat([frame, pl.concat(parts)], how="horizontal").with_columns(
        coverage_rate=pl.col("entities_count").cum_sum() / len(found.entities)
    )


def _most_common(distinct: DistinctSequences, top: int | None) -> tuple[Rows, pl.Series]:
    """Numbers and names of the most common ones; of those as common the first by names."""
    count = distinct.entities_count
    wanted = len(count) if top is None else min(top, len(count))
    least = np.partition(count, len(count) - wanted)[len(count) - wanted] if wanted > 0 else 0
    able = np.flatnonzero(count >= least)
    ranked = (
        pl.DataFrame({"number": able, "count": count[able], "path": distinct.paths(able)})
        .sort("count", "path", descending=[True, False])
        .head(wanted)
    )
    return ranked["number"].to_numpy(), ranked["path"]


def _cells(found: Sequences, distinct: DistinctSequences, chosen: Rows, became: Numbers | None) -> pl.DataFrame:
    """How many entities each customer has of each chosen variant and outcome; of others as variant -1."""
    number = np.full(len(distinct.events), -1, dtype=np.int64)
    number[chosen] = np.arange(len(chosen))
    variant = number[distinct.of_entity]
    is_chosen = variant >= 0
    width = len(OUTCOMES)
    cell = variant[is_chosen] * width + (became[is_chosen] if became is not None else 0)
    cells_count = max(1, len(chosen)) * width
    keys, count = counted(found.customer[is_chosen] * cells_count + cell)
    customer, cell = np.divmod(keys, cells_count)
    others = np.bincount(found.customer[~is_chosen], minlength=found.customers_count)
    told = {"customer": customer, "variant": cell // width, "outcome": cell % width, "count": count}
    rest = {"customer": np.flatnonzero(others), "variant": -1, "outcome": 0, "count": others[others > 0]}
    return pl.concat([pl.DataFrame(told), pl.DataFrame(rest)], how="vertical_relaxed")


def _rates(
    found: Sequences, cells: pl.DataFrame, start: int, end: int, replicates: int, seed: int, *, is_judged: bool
) -> pl.DataFrame:
    """Customers, rates and intervals of some of the chosen variants."""
    size, width = end - start, len(OUTCOMES)
    customer, variant, outcome, count = (cells[name].to_numpy() for name in ("customer", "variant", "outcome", "count"))
    is_here = (variant >= start) & (variant < end)
    column = np.where(is_here, (variant - start) * width + outcome, size * width)
    counts = CustomerCounts(customer, column, count, found.customers_count, size * width + 1)
    totals, drawn = counts.totals(), counts.resampled(replicates, seed)
    by_outcome, drawn_by_outcome = totals[:-1].reshape(size, width), drawn[:, :-1].reshape(len(drawn), size, width)
    entities = len(found.entities)
    customers = _customers(customer[is_here], variant[is_here] - start, size)
    columns = {"customers_count": customers} | _rate(
        "entity",
        by_outcome.sum(axis=1),
        np.full(size, float(entities)),
        drawn_by_outcome.sum(axis=2),
        drawn.sum(axis=1, keepdims=True),
        np.full(size, found.customers_count),
    )
    if is_judged:
        decided, drawn_decided = by_outcome[:, :2].sum(axis=1), drawn_by_outcome[:, :, :2].sum(axis=2)
        is_decided = is_here & (outcome < len(OUTCOMES) - 1)
        judged = _customers(customer[is_decided], variant[is_decided] - start, size)
        columns |= {f"{name}_count": by_outcome[:, place].astype(np.int64) for place, name in enumerate(OUTCOMES)}
        for place, name in enumerate(("completed", "drop_off")):
            columns |= _rate(name, by_outcome[:, place], decided, drawn_by_outcome[:, :, place], drawn_decided, judged)
    return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))


def _customers(customer: Rows, variant: Rows, size: int) -> Rows:
    pairs, _ = counted(customer * max(1, size) + variant)
    return np.bincount(pairs % max(1, size), minlength=size)


def _rate(
    name: str, part: Floats, whole: Floats, drawn_part: Floats, drawn_whole: Floats, customers: Rows
) -> dict[str, npt.NDArray[np.generic]]:
    low, high = rate_interval(drawn_part, drawn_whole, part, whole, customers)
    with np.errstate(invalid="ignore"):
        return {f"{name}_rate": part / whole, f"{name}_low": low, f"{name}_high": high}
