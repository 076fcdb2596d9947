"""The funnel step by step: who got how far, who did not, who may still, and how long each step took."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import LogColumns
from journey_analytics.analysis.funnels.answer import answer
from journey_analytics.analysis.funnels.progress import Progress, progress_of
from journey_analytics.analysis.funnels.question import Funnel
from journey_analytics.analysis.funnels.selection import Attribution, Breakdown
from journey_analytics.analysis.intervals import with_rate
from journey_analytics.errors import UsageError

_SCHEMA = {
    "step_index": pl.UInt32,
    "step_name": pl.String,
    "reached_count": pl.UInt32,
    "entered_count": pl.UInt32,
    "dropped_count": pl.UInt32,
    "open_count": pl.UInt32,
    "excluded_count": pl.UInt32,
    "decided_count": pl.UInt32,
    "rate_from_previous": pl.Float64,
    "rate_from_previous_low": pl.Float64,
    "rate_from_previous_high": pl.Float64,
    "first_decided_count": pl.UInt32,
    "rate_from_first": pl.Float64,
    "rate_from_first_low": pl.Float64,
    "rate_from_first_high": pl.Float64,
    "mean_seconds_from_previous": pl.Float64,
    "median_seconds_from_previous": pl.Float64,
    "p90_seconds_from_previous": pl.Float64,
    "median_seconds_from_first": pl.Float64,
}


def funnel_steps(
    events: pl.DataFrame | pl.LazyFrame,
    funnel: Funnel,
    *,
    by: str | pl.Expr | None = None,
    attribution: Attribution = "first",
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
) -> pl.DataFrame:
    """Count how many customers reach each step of a funnel, and what became of the others.

    Whoever reached a step and not the next one has *dropped* if the window of all their attempts was over when the log
    ended, and is *open* otherwise. Rates are over those whose window was over (*decided*), whether they came on or not:
    with the others they would be too low, and with only those of them who were quick, too high.

    Args:
        events: Any event log, rows in any order; rows without an entity or a time are left out.
        funnel: Steps, window, order and all else.
        by: Column, or expression, of values that customers are told apart by. The empty text counts as no value.
        attribution: Which value is a customer's: that of the ``"first"`` or ``"last"`` event of the funnel that has
            one (of several at one time the least), or ``"all"``, a funnel for each value over the events that have it,
            or the number of a step, whose event then has to have the value. With a number, customers who did not reach
            that step are in none of the funnels, so that rates up to it say nothing.
        entity: Column of the customer, session or whatever else is counted.
        time: Column of the time.
        event: Column of the name.

    Returns:
        One row per step, in order, and per ``value`` if told apart (null for none): ``step_index`` from 1,
        ``step_name``, ``reached_count``, of these ``entered_count`` who began there; of those who reached the required
        step before, ``dropped_count`` and ``open_count`` (null for optional steps); ``excluded_count`` who would have
        reached the step and are left out of all other counts. ``rate_from_previous`` of ``decided_count`` and
        ``rate_from_first`` of ``first_decided_count`` with their 95 % intervals (``_low``, ``_high``). Of who reached
        it, ``mean_``, ``median_`` and ``p90_seconds_from_previous``, and ``median_seconds_from_first`` (interpolated;
        null for the first step and where nobody came). Times are those of one attempt per customer: of those that
        first reach its level the one that starts last, then the earliest event for each later step.

    Raises:
        UsageError: A column is missing or of another kind, an expression does not fit, or there is no such step.

    Example:
        >>> from datetime import datetime, timedelta
        >>> log = pl.DataFrame({
        ...     "customer_id": ["ann", "ann", "ben", "ann", "ben"],
        ...     "event_type": ["view", "view", "view", "buy", "buy"],
        ...     "occurred_at": [datetime(2026, 1, day) for day in (1, 5, 6, 8, 20)],
        ... })
        >>> found = funnel_steps(log, Funnel(["view", "buy"], timedelta(days=7)))
        >>> found.select("step_name", "reached_count", "dropped_count", "median_seconds_from_previous").rows()
        [('view', 2, 0, None), ('buy', 1, 1, 259200.0)]
    """
    breakdown = None if by is None else Breakdown(by, _checked(attribution, funnel))
    found = answer(events, funnel, LogColumns(entity, time, event), breakdown)
    progress = progress_of(found)
    value = found.column("value").gather(progress.unit) if breakdown else None
    kept = _who_reached(progress, breakdown.attribution) if breakdown else np.arange(len(progress.unit))
    counted = [
        _step(progress, funnel, place, value, kept).with_columns(
            step_index=pl.lit(place + 1), step_name=pl.lit(step.label)
        )
        for place, step in enumerate(funnel.all_steps)
    ]
    table = with_rate(pl.concat(counted), "rate_from_previous", "decided_reached", "decided_count")
    table = with_rate(table, "rate_from_first", "first_decided_reached", "first_decided_count")
    schema = ({"value": pl.String} if breakdown else {}) | _SCHEMA
    return table.select(pl.col(name).cast(kind) for name, kind in schema.items()).sort(
        ["value", "step_index"] if breakdown else "step_index"
    )


def _checked(attribution: Attribution, funnel: Funnel) -> Attribution:
    allowed: Sequence[Attribution] = ("first", "last", "all", *(place + 1 for place in funnel.required))
    if attribution not in allowed:
        raise UsageError(
            f"The attribution of a breakdown is {attribution!r}.",
            hint=f"Allowed: {', '.join(map(repr, allowed))}.",
        )
    if isinstance(attribution, int) and (funnel.order == "any" or funnel.entry != "first"):
        raise UsageError(
            "A step whose event carries the value needs a place in the order.",
            hint='Use attribution "first", "last" or "all".',
        )
    return attribution


def _who_reached(progress: Progress, attribution: Attribution) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Rows of units that a breakdown counts: with the number of a step, those who reached it."""
    if isinstance(attribution, int):
        return np.flatnonzero(progress.steps[attribution - 1].is_reached)
    return np.arange(len(progress.unit))


def _step(
    progress: Progress,
    funnel: Funnel,
    place: int,
    value: pl.Series | None,
    kept: np.ndarray[tuple[int], np.dtype[np.intp]],
) -> pl.DataFrame:
    """What a step counts, a row per value."""
    step = progress.steps[place]
    before = max((step for step in funnel.required if step < place), default=None)
    previous = step if before is None else progress.steps[before]
    frame = pl.DataFrame(
        {
            "here": step.is_reached[kept],
            "before": previous.is_reached[kept],
            "at_first": progress.steps[0].is_reached[kept],
            "excluded": progress.is_excluded[kept],
            "open": progress.is_open[kept],
            "since_previous": step.since_previous[kept],
            "since_first": step.since_first[kept],
        }
    )
    if value is not None:
        return frame.with_columns(value=value.gather(kept)).group_by("value").agg(**_counts(funnel, place))
    return frame.select(**_counts(funnel, place))


def _counts(funnel: Funnel, place: int) -> dict[str, pl.Expr]:
    here, before, at_first = (pl.col(name) & ~pl.col("excluded") for name in ("here", "before", "at_first"))
    is_over, is_open = ~pl.col("open"), pl.col("open")
    is_required = place in funnel.required
    none = pl.lit(None, pl.UInt32)
    is_timed = here & (pl.col("since_previous") >= 0)
    previous = pl.col("since_previous").filter(is_timed)
    first = pl.col("since_first").filter(is_timed)
    return {
        "reached_count": here.sum(),
        "entered_count": (here & (~before if place else pl.lit(value=True))).sum(),
        "dropped_count": (before & ~here & is_over).sum() if is_required else none,
        "open_count": (before & ~here & is_open).sum() if is_required else none,
        "excluded_count": (pl.col("here") & pl.col("excluded")).sum(),
        "decided_count": (before & is_over).sum(),
        "decided_reached": (before & here & is_over).sum() if place else none,
        "first_decided_count": (at_first & is_over).sum(),
        "first_decided_reached": (at_first & here & is_over).sum(),
        "mean_seconds_from_previous": pl.when(previous.len() > 0).then(previous.sum() / previous.len() / 1e6),
        "median_seconds_from_previous": previous.quantile(0.5, interpolation="linear") / 1e6,
        "p90_seconds_from_previous": previous.quantile(0.9, interpolation="linear") / 1e6,
        "median_seconds_from_first": first.quantile(0.5, interpolation="linear") / 1e6,
    }
