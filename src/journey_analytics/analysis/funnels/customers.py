"""The list behind the numbers of a funnel: how far each customer got, and when."""

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import LogColumns
from journey_analytics.analysis.funnels.answer import answer
from journey_analytics.analysis.funnels.between import required_places
from journey_analytics.analysis.funnels.progress import first_rows
from journey_analytics.analysis.funnels.question import Funnel


def funnel_customers(
    events: pl.DataFrame | pl.LazyFrame,
    funnel: Funnel,
    *,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
) -> pl.DataFrame:
    """List how far each customer got in a funnel.

    Args:
        events: Any event log, rows in any order.
        funnel: Steps, window, order and all else.
        entity: Column of the customer, session or whatever else is counted.
        time: Column of the time.
        event: Column of the name.

    Returns:
        One row per customer who began, by customer: the column of the customer, ``furthest_step`` (the number of the
        last required step), ``started_at`` and ``reached_at`` of the attempt that is told (UTC; see ``funnel_steps``),
        ``is_open`` (their window was not over when the log ended), ``is_excluded`` (counted in no step).

    Raises:
        UsageError: A column is missing or of another kind, or an expression does not fit.
    """
    required_places(funnel, 1, None)
    found = answer(events, funnel, LogColumns(entity, time, event), with_entity=True)
    attempts = found.attempts()
    unit = found.unit_of(attempts)
    first = first_rows(unit)
    units = found.told(attempts, first)
    told = attempts.of(units.attempt)
    steps = np.array([place + 1 for place in funnel.required], dtype=np.uint32)
    at = found.moments.at
    times = {name: pl.from_epoch(pl.Series(at[moment]), time_unit="us").dt.replace_time_zone("UTC")
             for name, moment in (("started_at", told.start), ("reached_at", told.end))}  # fmt: skip
    return pl.DataFrame(
        {
            entity: found.column("entity").gather(unit[first]),
            "furthest_step": steps[told.level - 1],
            **times,
            "is_open": units.is_open,
            "is_excluded": units.is_excluded,
        }
    ).sort(entity)
