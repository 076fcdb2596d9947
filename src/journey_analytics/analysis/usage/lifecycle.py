"""Lifecycle: of those who are active in each period, who is new, who stayed, who came again, and who went."""

from datetime import datetime

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import LogColumns, Which
from journey_analytics.analysis.intervals import with_rate
from journey_analytics.analysis.usage.activity import Calendar, activity
from journey_analytics.analysis.usage.periods import Period, period_start


def lifecycle(
    events: pl.DataFrame | pl.LazyFrame,
    *,
    which: Which = None,
    every: Period = "week",
    since: datetime | None = None,
    before: datetime | None = None,
    complete_until: datetime | None = None,
    time_zone: str = "UTC",
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
) -> pl.DataFrame:
    """Count by period who is new, returning, resurrecting or dormant.

    Args:
        events: Any event log, rows in any order; all of it says who is new.
        which: Events that make a customer active: a name, several, a condition, or None for all.
        every: Length of a period.
        since: A time in the first period; by default that of the first event.
        before: A time after the last period; by default the time up to which the log is complete.
        complete_until: Time up to which the log is complete; by default that of the last event of anybody.
        time_zone: Zone whose days, weeks and months they are.
        entity: Column of the customer.
        time: Column of the time.
        event: Column of the name.

    Returns:
        One row per period, in order and without gaps: ``period_start`` (a date; of hours a time), ``is_over``; of the
        customers who are active in it ``new_count`` (their first event of any kind lies in it), ``returning_count``
        (active in the period before) and ``resurrecting_count`` (neither); ``previous_count`` who were active in the
        period before, of whom ``dormant_count`` are not in this one (null until the period is over);
        ``returning_rate`` of these with its 95 % interval (``returning_rate_low``, ``returning_rate_high``), null
        likewise.

    Raises:
        UsageError: A column is missing or of another kind, an expression does not fit, or there is no such period.
    """
    columns = LogColumns(entity, time, event)
    calendar = Calendar(every, time_zone, since, before, complete_until)
    found = activity(events, columns, calendar, {"active": columns.are(which)})
    frame = found.frame.with_columns(is_first=pl.col("key") != pl.col("key").shift()).filter(pl.col("active") > 0)
    frame = frame.select("key", "period", is_new=pl.col("is_first").fill_null(value=True))
    is_same = pl.col("key") == pl.col("key").shift()
    was_active = (is_same & (pl.col("period") - pl.col("period").shift() == 1)).fill_null(value=False)
    counted = (
        frame.with_columns(was_active=was_active)
        .group_by("period")
        .agg(
            new_count=pl.col("is_new").sum(),
            returning_count=pl.col("was_active").sum(),
            resurrecting_count=(~pl.col("is_new") & ~pl.col("was_active")).sum(),
            active_count=pl.len(),
        )
    )
    following = counted.select(pl.col("period") + 1, previous_count="active_count")
    periods = pl.DataFrame({"period": np.arange(found.first, found.last + 1, dtype=np.int32)})
    table = (
        periods.join(counted, on="period", how="left")
        .join(following, on="period", how="left")
        .sort("period")
        .fill_null(0)
        .with_columns(is_over=pl.col("period") < found.unfinished)
        .with_columns(
            dormant_count=pl.when("is_over").then(pl.col("previous_count") - pl.col("returning_count")),
            returned=pl.when("is_over").then("returning_count"),
        )
    )
    return with_rate(table, "returning_rate", "returned", "previous_count").select(
        period_start(pl.col("period"), every, time_zone).alias("period_start"),
        "is_over", "new_count", "returning_count", "resurrecting_count", "previous_count", "dormant_count",
        "returning_rate", "returning_rate_low", "returning_rate_high",
    )  # fmt: skip
