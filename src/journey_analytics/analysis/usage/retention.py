"""Retention: of those who begin in a period, how many come back one, two, three periods later."""

from datetime import datetime
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.event_log import LogColumns, Which
from journey_analytics.analysis.intervals import with_rate
from journey_analytics.analysis.usage.activity import Activity, Calendar, activity
from journey_analytics.analysis.usage.periods import Period, period_start
from journey_analytics.errors import UsageError, did_you_mean

Cohort = Literal["first", "any"]

_Counts = npt.NDArray[np.int64]


def retention(
    events: pl.DataFrame | pl.LazyFrame,
    *,
    start: Which = None,
    back: Which = None,
    every: Period = "week",
    periods: int = 8,
    cohort: Cohort = "first",
    or_later: bool = False,
    at_least: int = 1,
    since: datetime | None = None,
    before: datetime | None = None,
    complete_until: datetime | None = None,
    time_zone: str = "UTC",
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
) -> pl.DataFrame:
    """Count by cohort how many customers come back after how many periods.

    Args:
        events: Any event log, rows in any order; all of it says what is the first event.
        start: Events that make a customer part of a cohort: a name, several, a condition, or None for all.
        back: Events by which a customer comes back, likewise.
        every: Length of a period.
        periods: How many later periods to look at.
        cohort: ``"first"``: everybody belongs to the period of their first start event alone. ``"any"``: to every
            period with one.
        or_later: Whoever comes in a later period counts in the ones before, too (unbounded retention).
        at_least: How many events in one period it takes to have come back.
        since: A time in the first cohort; by default that of the first event.
        before: A time after the last cohort; by default the time up to which the log is complete.
        complete_until: Time up to which the log is complete; by default that of the last event of anybody.
        time_zone: Zone whose days, weeks and months they are.
        entity: Column of the customer.
        time: Column of the time.
        event: Column of the name.

    Returns:
        One row per cohort and later period, in order, also for cohorts of nobody: ``cohort_start`` (a date; of hours a
        time), ``customers_count`` of the cohort, ``period_index`` from 1, ``returned_count`` (null where the period was
        not over when the log ended: then it is too early to tell), ``return_rate`` with its 95 % interval
        (``return_rate_low``, ``return_rate_high``).

    Raises:
        UsageError: A column is missing or of another kind, an expression does not fit, or a number or period cannot be.
    """
    if cohort not in get_args(Cohort):
        raise UsageError(f"There is no cohort '{cohort}'.", hint=did_you_mean(cohort, get_args(Cohort)))
    if periods < 1 or at_least < 1:
        raise UsageError(
            f"Retention over {periods} periods, of who comes at least {at_least} times.", hint="Give 1 or more of each."
        )
    columns = LogColumns(entity, time, event)
    calendar = Calendar(every, time_zone, since, before, complete_until)
    found = activity(events, columns, calendar, {"starts": columns.are(start), "returns": columns.are(back)})
    sizes, returned = _counted(found, cohort, periods, at_least, or_later=or_later)
    cohorts = len(sizes)
    number = np.repeat(found.first + np.arange(cohorts), periods)
    index = np.tile(np.arange(1, periods + 1), cohorts)
    table = pl.DataFrame(
        {"number": number, "customers_count": np.repeat(sizes, periods), "period_index": index,
         "returned_count": returned.reshape(-1)},
        schema=dict.fromkeys(("number", "customers_count", "period_index", "returned_count"), pl.Int32),
    )  # fmt: skip
    is_over = pl.col("number") + pl.col("period_index") < found.unfinished
    table = table.with_columns(returned_count=pl.when(is_over).then("returned_count"))
    return with_rate(table, "return_rate", "returned_count", "customers_count").select(
        period_start(pl.col("number"), every, time_zone).alias("cohort_start"),
        pl.col("customers_count", "period_index", "returned_count").cast(pl.UInt32),
        pl.col("return_rate", "return_rate_low", "return_rate_high"),
    )


def _counted(
    found: Activity, cohort: Cohort, periods: int, at_least: int, *, or_later: bool
) -> tuple[_Counts, _Counts]:
    """Size of each cohort, and a row per cohort of how many came back after 1, 2, ... periods."""
    # Neither kind of event: such a row would stand between two that are compared.
    frame = found.frame.filter((pl.col("starts") > 0) | (pl.col("returns") >= at_least))
    key, period = frame["key"].to_numpy(), frame["period"].to_numpy()
    is_start = frame["starts"].to_numpy() > 0
    is_back = frame["returns"].to_numpy() >= at_least
    if cohort == "first":
        starts = np.flatnonzero(is_start)
        later = starts[1:][key[starts[1:]] == key[starts[:-1]]]
        is_start[later] = False
    cohorts = max(found.last - found.first + 1, 0)
    is_start &= (period >= found.first) & (period <= found.last)
    place = period - found.first
    sizes = np.bincount(place[is_start], minlength=cohorts)
    if or_later:
        return sizes, _or_later(key, place, is_start, is_back, cohorts, periods)
    counts = np.zeros(cohorts * (periods + 1), dtype=np.int64)
    # A customer has a row per period at most, so that nobody's n-th next row is less than n periods later.
    for ahead in range(1, periods + 1):
        rows = np.flatnonzero(is_start[:-ahead] & is_back[ahead:] & (key[:-ahead] == key[ahead:]))
        passed = period[rows + ahead] - period[rows]
        is_near = passed <= periods
        counts += np.bincount(place[rows[is_near]] * (periods + 1) + passed[is_near], minlength=cohorts * (periods + 1))
    return sizes, counts.reshape(cohorts, periods + 1)[:, 1:]


def _or_later(
    key: npt.NDArray[np.uint64], place: _Counts, is_start: npt.NDArray[np.bool_], is_back: npt.NDArray[np.bool_],
    cohorts: int, periods: int,
) -> _Counts:  # fmt: skip
    """The same where the last time somebody came counts for all periods up to it."""
    if not len(key):
        return np.zeros((cohorts, periods), dtype=np.int64)
    first = np.flatnonzero(np.diff(key, prepend=~key[:1]))
    customer = np.repeat(np.arange(len(first)), np.diff(first, append=len(key)))
    never = place.min() - 1
    last = np.maximum.reduceat(np.where(is_back, place, never), first)
    rows = np.flatnonzero(is_start)
    passed = np.clip(last[customer[rows]] - place[rows], 0, periods)
    counts = np.bincount(place[rows] * (periods + 1) + passed, minlength=cohorts * (periods + 1))
    of_exactly = counts.reshape(cohorts, periods + 1)
    return of_exactly[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
