"""The trend of a funnel: how many of those who begin in each period get how far."""

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import LogColumns, micros_of
from journey_analytics.analysis.funnels.answer import Answer, answer
from journey_analytics.analysis.funnels.between import required_places
from journey_analytics.analysis.funnels.progress import first_rows
from journey_analytics.analysis.funnels.question import Funnel
from journey_analytics.analysis.intervals import with_rate
from journey_analytics.analysis.usage.periods import Period, check_period, period_number, period_start


def funnel_trend(
    events: pl.DataFrame | pl.LazyFrame,
    funnel: Funnel,
    *,
    every: Period = "week",
    time_zone: str = "UTC",
    from_step: int = 1,
    to_step: int | None = None,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
) -> pl.DataFrame:
    """Count by period of entry how many customers come from one step of a funnel to another.

    A customer is booked on the period of the first step of an attempt, once per period, possibly in several.

    Args:
        events: Any event log, rows in any order.
        funnel: Steps, window, order and all else.
        every: Length of a period.
        time_zone: Zone whose days, weeks and months they are.
        from_step: Number of the step that those have reached who are counted.
        to_step: Number of the step that they come to; the last one by default.
        entity: Column of the customer, session or whatever else is counted.
        time: Column of the time.
        event: Column of the name.

    Returns:
        One row per period, in order and without gaps, from the first entry (or ``since`` of the funnel) to the last one
        (or ``before``): ``period_start`` (a date; of hours a time), ``entered_count`` who reached the one step; of
        these ``converted_count`` who reached the other, ``dropped_count``, and ``open_count`` whose window was not over
        when the log ended; ``excluded_count`` beside them; ``rate`` of the ``decided_count`` whose window was over,
        with its 95 % interval (``rate_low``, ``rate_high``).

    Raises:
        UsageError: A column is missing or of another kind, or there is no such period, zone or step.
    """
    check_period(every, time_zone)
    first, last = required_places(funnel, from_step, to_step)
    found = answer(events, funnel, LogColumns(entity, time, event))
    entries = _entries(found, every, time_zone)
    entered = (pl.col("level") > first) & ~pl.col("excluded")
    converted = pl.col("level") > last
    counted = entries.group_by("period").agg(
        entered_count=entered.sum(),
        converted_count=(entered & converted).sum(),
        dropped_count=(entered & ~converted & ~pl.col("open")).sum(),
        open_count=(entered & ~converted & pl.col("open")).sum(),
        excluded_count=(pl.col("excluded") & (pl.col("level") > first)).sum(),
        decided_count=(entered & ~pl.col("open")).sum(),
        decided_converted=(entered & converted & ~pl.col("open")).sum(),
    )
    periods = _periods(counted, funnel, every, time_zone)
    table = periods.join(counted, on="period", how="left").sort("period").fill_null(0)
    table = with_rate(table, "rate", "decided_converted", "decided_count")
    return table.select(
        pl.exclude("period", "decided_converted"), period_start=period_start(pl.col("period"), every, time_zone)
    ).select("period_start", pl.exclude("period_start"))


def _entries(found: Answer, every: Period, time_zone: str) -> pl.DataFrame:
    """One row per unit and period of entry: how far the attempts that began in it got."""
    attempts = found.attempts(of_all_starts=True)
    at = pl.DataFrame({"at": found.moments.at[attempts.start]})
    period = at.select(period_number(pl.col("at"), every, time_zone)).to_series().to_numpy()
    unit = found.unit_of(attempts)
    first = np.union1d(first_rows(unit), first_rows(period))
    units = found.told(attempts, first)
    return pl.DataFrame(
        {
            "period": period[first],
            "level": attempts.level[units.attempt],
            "excluded": units.is_excluded,
            "open": units.is_open,
        },
        schema_overrides={"period": pl.Int32},
    )


def _periods(counted: pl.DataFrame, funnel: Funnel, every: Period, time_zone: str) -> pl.DataFrame:
    """All periods that the trend shows."""

    def number(micros: int) -> int:
        return pl.select(period_number(pl.lit(micros), every, time_zone)).item()

    first, last = counted.select(first=pl.col("period").min(), last=pl.col("period").max()).row(0)
    if funnel.since:
        first = number(micros_of(funnel.since))
    if funnel.before:
        last = number(micros_of(funnel.before) - 1)
    if first is None or last is None:
        return counted.select("period").clear()
    return pl.DataFrame({"period": pl.int_range(first, last + 1, dtype=pl.Int32, eager=True)})
