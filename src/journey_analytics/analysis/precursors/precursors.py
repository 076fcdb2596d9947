"""What goes before a drop-off: those who had something happen to them by a landmark, beside those who had not.

Who stays long has more of everything. So everybody is looked at from the same moment on, a landmark so long after the
start (van Houwelingen 2007, Scand. J. Stat. 34:70): what happened before it may be a precursor, what happens after it
is the outcome, and only those count who were still there. Whoever cannot have been watched long enough yet is in no
rate. A precursor is associated with dropping off; that it causes it, no table can say.
"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import check_columns, fitting_expressions
from journey_analytics.analysis.intervals import (
    Z95,
    benjamini_hochberg,
    difference_p_values,
    newcombe_bounds,
    wilson_bounds,
)
from journey_analytics.errors import UsageError

FEW = 10
"""Fewer drop-offs on either side than that, and the ratio is shown with a warning."""


def precursors(
    subjects: pl.DataFrame,
    events: pl.DataFrame | pl.LazyFrame,
    *,
    landmark: timedelta,
    horizon: timedelta,
    until: datetime,
    lag: timedelta = timedelta(0),
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
) -> pl.DataFrame:
    """Compare the risk to drop off of those who had an event by a landmark with that of the others.

    Args:
        subjects: One row per entity and start, such as the entry into a stage: the entity, ``started_at``, ``ended_at``
            (null while it goes on), and ``is_dropped``, whether that end was a drop-off.
        events: What may have happened to them: tickets, failed payments, bounces.
        landmark: How long after the start one looks back and ahead.
        horizon: How long ahead.
        until: Time up to which the data are complete.
        lag: Events in so long a time before the landmark do not count: they may be part of leaving.
        entity: Column of the entity in both frames.
        time: Column of the time of events.
        event: Column of their name.

    Returns:
        One row per name of an event, the greatest effect first: ``event``; ``exposed_count`` (subjects who had it from
        the start to the landmark), ``exposed_dropped_count`` (of them, dropped within the horizon), ``other_count`` and
        ``other_dropped_count`` (all others); ``exposed_rate`` and ``other_rate`` with ``_low`` and ``_high`` (Wilson);
        ``difference`` with ``difference_low`` and ``difference_high`` (Newcombe); ``risk_ratio`` with ``ratio_low`` and
        ``ratio_high`` (log method; null where a side has no drop-off); ``excess_count`` (drop-offs more than at the
        others' rate); ``p_value`` and ``q_value`` (Benjamini and Hochberg, over all names); ``is_few`` (fewer than 10
        drop-offs on a side); and the same in all rows ``open_count``, subjects at the landmark whose horizon is
        not over.

    Raises:
        UsageError: A column is missing or of another kind, times do not fit each other, or a span is negative.

    Example:
        >>> day = lambda number: datetime(2026, 1, 1) + timedelta(days=number)
        >>> subjects = pl.DataFrame({
        ...     "customer_id": [1, 2, 3, 4], "started_at": [day(0)] * 4,
        ...     "ended_at": [day(9), day(9), None, day(40)], "is_dropped": [True, True, False, False],
        ... })
        >>> log = pl.DataFrame({
        ...     "customer_id": [1, 2], "event_type": ["ticket", "ticket"], "occurred_at": [day(1), day(2)],
        ... })
        >>> week, month = timedelta(days=7), timedelta(days=30)
        >>> found = precursors(subjects, log, landmark=week, horizon=month, until=day(60))
        >>> found.select("event", "exposed_count", "exposed_rate", "other_rate", "is_few").rows()
        [('ticket', 2, 1.0, 0.0, True)]
    """
    if min(landmark, horizon, lag) < timedelta(0):
        raise UsageError("A time is negative.", hint="Give landmark, horizon and lag as durations of zero or more.")
    log = events.lazy()
    check_columns(subjects.schema, times=["started_at", "ended_at"], others=[entity, "is_dropped"])
    check_columns(log.collect_schema(), times=[time], texts=[event], others=[entity])
    with fitting_expressions():
        exposed, there, judged = _exposed(
            subjects, log.select(pl.col(entity), happened_at=pl.col(time), event=pl.col(event).cast(pl.String)),
            entity, landmark, horizon, until, lag,
        )  # fmt: skip
    found = _compared(exposed, judged.height, int(judged["dropped"].sum()))
    return found.with_columns(open_count=pl.lit(there - judged.height, dtype=pl.Int64))


def _exposed(
    subjects: pl.DataFrame,
    log: pl.LazyFrame,
    entity: str,
    landmark: timedelta,
    horizon: timedelta,
    until: datetime,
    lag: timedelta,
) -> tuple[pl.DataFrame, int, pl.DataFrame]:
    """How many were exposed to each event, and dropped; how many subjects were there; and those of them in rates."""
    at = pl.col("started_at") + landmark
    still_on = pl.col("ended_at").is_null() | (pl.col("ended_at") > at)
    there = subjects.with_row_index("subject").filter(at <= until, still_on)
    is_over = (at + horizon <= until).alias("is_over")
    dropped = (pl.col("is_dropped") & (pl.col("ended_at") <= at + horizon)).fill_null(value=False)
    there = there.with_columns(is_over, dropped.alias("dropped"))
    judged = there.filter("is_over")
    exposed = (
        log.join(judged.lazy().select("subject", entity, "started_at", "dropped"), on=entity)
        .filter(pl.col("happened_at") >= pl.col("started_at"), pl.col("happened_at") <= at - lag)
        .group_by("event", "subject")
        .agg(pl.col("dropped").first())
        .group_by("event")
        .agg(exposed_count=pl.len().cast(pl.Int64), exposed_dropped_count=pl.col("dropped").sum().cast(pl.Int64))
        .sort("event")
        .collect()
    )
    return exposed, there.height, judged


def _compared(exposed: pl.DataFrame, subjects: int, dropped: int) -> pl.DataFrame:
    """Risks of the exposed and of the others, from how many there are in all."""
    found = exposed.with_columns(
        other_count=subjects - pl.col("exposed_count"), other_dropped_count=dropped - pl.col("exposed_dropped_count")
    )
    a, n1, c, n0 = (
        found[name].to_numpy().astype(np.float64)
        for name in ("exposed_dropped_count", "exposed_count", "other_dropped_count", "other_count")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        rate, other = a / n1, c / n0
        ratio, spread = rate / other, Z95 * np.sqrt(1 / a - 1 / n1 + 1 / c - 1 / n0)
        low, high = newcombe_bounds(a, n1, c, n0)
        told = {
            "exposed_rate": rate, "exposed_low": wilson_bounds(a, n1)[0], "exposed_high": wilson_bounds(a, n1)[1],
            "other_rate": other, "other_low": wilson_bounds(c, n0)[0], "other_high": wilson_bounds(c, n0)[1],
            "difference": rate - other, "difference_low": low, "difference_high": high,
            "risk_ratio": ratio, "ratio_low": ratio * np.exp(-spread), "ratio_high": ratio * np.exp(spread),
            "excess_count": n1 * (rate - other),
        }  # fmt: skip
    p_values = difference_p_values(a, n1, c, n0)
    is_defined = (a > 0) & (c > 0)
    for name in ("risk_ratio", "ratio_low", "ratio_high"):
        told[name] = np.where(is_defined, told[name], np.nan)
    columns = {name: pl.Series(name, values).fill_nan(None) for name, values in told.items()}
    return found.with_columns(
        **columns, p_value=p_values, q_value=benjamini_hochberg(p_values), is_few=np.minimum(a, c) < FEW
    ).sort("excess_count", "event", descending=[True, False], nulls_last=True)
