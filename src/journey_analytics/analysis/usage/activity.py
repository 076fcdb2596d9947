"""Who was active in which period: what retention and lifecycle are made of."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from journey_analytics.analysis.event_log import LogColumns, fitting_expressions, micros_of
from journey_analytics.analysis.usage.periods import Period, check_period, period_number


@dataclass(frozen=True)
class Calendar:
    """Periods that an analysis looks at.

    Attributes:
        every: Their length.
        time_zone: Zone whose days, weeks and months they are.
        since: A time in the first one; None for the first event.
        before: A time after the last one; None for the time up to which the log is complete.
        complete_until: Time up to which the log is complete; None for the time of the last event of anybody.
    """

    every: Period
    time_zone: str
    since: datetime | None = None
    before: datetime | None = None
    complete_until: datetime | None = None


@dataclass(frozen=True)
class Activity:
    """Activity by customer and period.

    Attributes:
        frame: One row per customer and period with any event asked for, in that order: ``key`` (a hash of the
            customer), ``period`` (its number), and a column for each thing asked for.
        first: Number of the first period looked at.
        last: Number of the last one.
        unfinished: Number of the period in which the log ends: it and those after it are not over.
    """

    frame: pl.DataFrame
    first: int
    last: int
    unfinished: int


def activity(
    events: pl.DataFrame | pl.LazyFrame, columns: LogColumns, calendar: Calendar, counts: dict[str, pl.Expr]
) -> Activity:
    """Count events by customer and period.

    Args:
        events: Any event log.
        columns: Its columns.
        calendar: Periods.
        counts: Conditions on events; each becomes a column with how many fulfil it.

    Raises:
        UsageError: A column is missing or of another kind, an expression does not fit, or there is no such period.
    """
    check_period(calendar.every, calendar.time_zone)
    log = columns.checked(events)
    known = log.filter(columns.is_known)
    if calendar.complete_until:
        known = known.filter(columns.micros <= micros_of(calendar.complete_until))
    period = period_number(columns.micros, calendar.every, calendar.time_zone)
    counted = (
        known.select(key=pl.col(columns.entity).hash(), period=period, **counts)
        .group_by("key", "period")
        .agg(pl.col(name).sum() for name in counts)
    )
    with fitting_expressions():
        frame, last_event = pl.collect_all([counted, log.select(columns.micros.max())], engine="streaming")
    end = micros_of(calendar.complete_until) if calendar.complete_until else last_event.item()

    def number(time: int | None) -> int | None:
        if time is None:
            return None
        return pl.select(period_number(pl.lit(time), calendar.every, calendar.time_zone)).item()

    unfinished = number(end) or 0
    first = number(micros_of(calendar.since)) if calendar.since else frame.select(pl.col("period").min()).item()
    last = number(micros_of(calendar.before) - 1) if calendar.before else unfinished
    return Activity(
        frame.sort("key", "period"),
        unfinished if first is None else first,
        unfinished if last is None else last,
        unfinished,
    )
