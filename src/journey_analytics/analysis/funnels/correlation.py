"""What those who finish a funnel have done or are, more often than those who do not."""

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import LogColumns, fitting_expressions
from journey_analytics.analysis.funnels.answer import Answer, answer
from journey_analytics.analysis.funnels.between import required_places
from journey_analytics.analysis.funnels.progress import first_rows
from journey_analytics.analysis.funnels.question import Funnel
from journey_analytics.analysis.intervals import Z95, benjamini_hochberg, difference_p_values


def funnel_correlation(
    events: pl.DataFrame | pl.LazyFrame,
    funnel: Funnel,
    *,
    by: str | pl.Expr | None = None,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
) -> pl.DataFrame:
    """Tell what goes with finishing a funnel, as odds ratios.

    Customers who did all steps are compared with those who began and did not, once their window is over; who is open
    or excluded is in neither group. An item counts once per customer, if it occurs from the first step to the last one,
    or for the others to the end of the window; the two spans differ in length, so that an item may be rarer among those
    who finish for that alone. Associated with finishing, not the cause of it.

    Args:
        events: Any event log, rows in any order.
        funnel: Steps, window, order and all else.
        by: Column, or expression, whose values are the items; by default the names of events other than those of the
            funnel.
        entity: Column of the customer, session or whatever else is counted.
        time: Column of the time.
        event: Column of the name.

    Returns:
        One row per item, the most telling first: ``item``, ``finished_count`` who have it of ``finished_total``,
        ``unfinished_count`` of ``unfinished_total``, ``odds_ratio`` with one added to each of the four cells, its 95 %
        interval (``odds_ratio_low``, ``odds_ratio_high``; Woolf 1955), ``q_value`` (false discovery rate over all
        items, of the test that both shares are the same).

    Raises:
        UsageError: A column is missing or of another kind, or an expression does not fit.
    """
    columns = LogColumns(entity, time, event)
    log = columns.checked(events, by)
    required_places(funnel, 1, None)
    spans = _spans(answer(events, funnel, columns))
    item = (pl.col(by) if isinstance(by, str) else by) if by is not None else _other_names(funnel, columns)
    seen = (
        log.filter(columns.is_known)
        .select(unit=pl.col(entity).hash(), at=columns.micros, item=item.cast(pl.String))
        .filter(pl.col("item").is_not_null())
        .join(spans.lazy(), on="unit")
        .filter(pl.col("at").is_between("from", "until"))
        .unique(["unit", "item"])
        .group_by("item")
        .agg(finished_count=pl.col("is_finished").sum(), unfinished_count=(~pl.col("is_finished")).sum())
    )
    with fitting_expressions():
        counted = seen.collect()
    finished = int(spans["is_finished"].sum())
    return _odds(counted, finished, spans.height - finished)


def _other_names(funnel: Funnel, columns: LogColumns) -> pl.Expr:
    names = [name for step in funnel.all_steps for name in step.events or ()]
    return pl.when(~columns.name.is_in(names)).then(columns.name)


def _spans(found: Answer) -> pl.DataFrame:
    """From when until when each decided customer is looked at, and whether they finished."""
    attempts = found.attempts()
    unit = found.unit_of(attempts)
    first = first_rows(unit)
    units = found.told(attempts, first)
    told = attempts.of(units.attempt)
    is_finished = told.level == len(told.done)
    at = found.moments.at
    start = at[told.start]
    until = np.where(is_finished, at[told.end], start + found.funnel.window_microseconds)
    key = found.column("unit" if found.funnel.hold is not None else "key")
    frame = pl.DataFrame({"unit": key.gather(unit[first]), "from": start, "until": until, "is_finished": is_finished})
    return frame.filter(pl.Series(~units.is_excluded & (is_finished | ~units.is_open)))


def _odds(seen: pl.DataFrame, finished: int, unfinished: int) -> pl.DataFrame:
    success, failure = (pl.col(name).cast(pl.Int64) for name in ("finished_count", "unfinished_count"))
    cells = (success + 1, failure + 1, finished - success + 1, unfinished - failure + 1)
    ratio = cells[0] * cells[3] / (cells[2] * cells[1])
    spread = (Z95 * pl.sum_horizontal(1 / cell for cell in cells).sqrt()).exp()
    p_values = difference_p_values(
        seen["finished_count"].to_numpy(), finished, seen["unfinished_count"].to_numpy(), unfinished
    )
    return (
        seen.with_columns(
            finished_total=pl.lit(finished, pl.UInt32),
            unfinished_total=pl.lit(unfinished, pl.UInt32),
            odds_ratio=ratio,
            odds_ratio_low=ratio / spread,
            odds_ratio_high=ratio * spread,
            q_value=pl.Series(benjamini_hochberg(p_values), dtype=pl.Float64),
        )
        .select(
            "item", "finished_count", "finished_total", "unfinished_count", "unfinished_total",
            "odds_ratio", "odds_ratio_low", "odds_ratio_high", "q_value",
        )
        .sort(pl.col("odds_ratio").log().abs(), "item", descending=[True, False])
    )  # fmt: skip
