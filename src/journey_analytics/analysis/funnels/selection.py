"""The rows of a log that matter to a funnel: whose they are, when, and which steps and exclusions each may serve."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Literal

import polars as pl

from journey_analytics.analysis.event_log import LogColumns, fitting_expressions, micros_of
from journey_analytics.analysis.funnels.question import Funnel, Step

Attribution = Literal["first", "last", "all"] | int
"""Which value of a customer counts: that of the first or last event of the funnel, all, or that of a step's event."""

_WIDTHS = ((8, pl.UInt8), (16, pl.UInt16), (32, pl.UInt32), (64, pl.UInt64))


@dataclass(frozen=True)
class Breakdown:
    """By which values the customers of a funnel are told apart.

    Attributes:
        by: Column or expression.
        attribution: Which value of a customer counts; the number of a step from 1.
    """

    by: str | pl.Expr
    attribution: Attribution = "first"


@dataclass(frozen=True)
class FunnelRows:
    """What a funnel is made of.

    Attributes:
        frame: One row per event: ``key`` of its track, ``at`` in microseconds, ``served`` with a bit for each step and
            then for each exclusion; with a breakdown its ``value``, where a value is held constant the ``unit`` that
            the track belongs to, and where customers are asked for the ``entity`` itself. In the order of time.
        complete_until: Time up to which the log is complete, in microseconds.
    """

    frame: pl.DataFrame
    complete_until: int


def select_rows(
    events: pl.DataFrame | pl.LazyFrame,
    funnel: Funnel,
    columns: LogColumns,
    breakdown: Breakdown | None = None,
    *,
    with_entity: bool = False,
) -> FunnelRows:
    """Rows that may serve a step or an exclusion; for a strict funnel all rows, because any of them may break it.

    A **track** is what the events of an attempt have in common: the entity, and the value that is held constant.
    Entities are told apart by a hash of 64 bits: the chance that any two of a million are taken for one is 1 in 37
    million.

    Raises:
        UsageError: A column is missing or of another kind, or an expression does not fit.
    """
    everything = columns.checked(events, funnel.hold, breakdown.by if breakdown else None)
    log = everything.filter(columns.is_known)
    entity = pl.col(columns.entity)
    wanted: dict[str, pl.Expr] = {"key": entity.hash(), "at": columns.micros, "served": _served(funnel, columns)}
    if with_entity:
        wanted["entity"] = entity
    if breakdown:
        value = _expression(breakdown.by).cast(pl.String)
        wanted["value"] = pl.when(value != "").then(value)
    is_held = pl.lit(value=True)
    if funnel.hold is not None:
        held = _expression(funnel.hold).alias("held")
        wanted |= {"key": pl.struct(columns.entity, held).hash(), "unit": entity.hash()}
        is_held = held.is_not_null()
    # What is left out only now still counts as history, and for the time of the last event.
    with fitting_expressions():
        rows = log.select(**wanted, is_held=is_held).filter("is_held", _is_in_time(funnel, pl.col("at")))
        if funnel.order != "strict":
            rows = rows.filter(pl.col("served") != 0)
        last_event = everything.select(columns.micros.max())
        frame, last = pl.collect_all([rows.drop("is_held"), last_event], engine="streaming")
    complete_until = micros_of(funnel.complete_until) if funnel.complete_until else last.item() or 0
    frame = _with_values(frame, funnel, breakdown) if breakdown else frame
    return FunnelRows(frame if frame["at"].is_sorted() else frame.sort("at"), complete_until)


def _expression(column: str | pl.Expr) -> pl.Expr:
    return pl.col(column) if isinstance(column, str) else column


def _served(funnel: Funnel, columns: LogColumns) -> pl.Expr:
    steps = [*funnel.all_steps, *(exclusion.step for exclusion in funnel.exclusions)]
    width = next(kind for bits, kind in _WIDTHS if len(steps) <= bits)
    bits = (_fulfils(step, funnel, columns).cast(width) * pl.lit(1 << place, width) for place, step in enumerate(steps))
    return reduce(or_, bits)


def _fulfils(step: Step, funnel: Funnel, columns: LogColumns) -> pl.Expr:
    named = _all([_is_named(step, columns)])
    matching = _all([_is_named(step, columns), step.where, funnel.where])
    if step.first_time is None:
        return matching
    kind = named if step.first_time == "any" else matching
    return matching & (columns.micros == columns.micros.filter(kind).min().over(columns.entity)).fill_null(value=False)


def _is_named(step: Step, columns: LogColumns) -> pl.Expr | None:
    if step.events is None:
        return None
    return columns.name == step.events[0] if len(step.events) == 1 else columns.name.is_in(list(step.events))


def _all(conditions: list[pl.Expr | None]) -> pl.Expr:
    """Whether all are fulfilled; what cannot be said is not."""
    given = [condition.fill_null(value=False) for condition in conditions if condition is not None]
    return pl.all_horizontal(given) if given else pl.lit(value=True)


def _is_in_time(funnel: Funnel, at: pl.Expr) -> pl.Expr:
    bounds = [
        at >= micros_of(funnel.since) if funnel.since else None,
        at < micros_of(funnel.before) if funnel.before else None,
        at <= micros_of(funnel.complete_until) if funnel.complete_until else None,
    ]
    return _all(bounds)


def _with_values(frame: pl.DataFrame, funnel: Funnel, breakdown: Breakdown) -> pl.DataFrame:
    """The rows with one value per track: where customers have several, their rows come once for each."""
    unit = "unit" if "unit" in frame.columns else "key"
    if breakdown.attribution == "all":
        return _apart(frame)
    if isinstance(breakdown.attribution, int):
        step = pl.lit(1 << (breakdown.attribution - 1), frame.schema["served"])
        is_of_step = (pl.col("served") & step) != 0
        wanted = frame.filter(is_of_step).select(unit, wanted="value").unique()
        is_other = is_of_step & pl.col("value").ne_missing(pl.col("wanted"))
        cleared = pl.when(is_other).then(pl.col("served") ^ step).otherwise("served")
        return _apart(frame.join(wanted, on=unit).with_columns(served=cleared, value="wanted").drop("wanted"))
    steps = pl.lit((1 << len(funnel.all_steps)) - 1, frame.schema["served"])
    is_first = breakdown.attribution == "first"
    at = pl.col("at")
    touches = frame.filter((pl.col("served") & steps) != 0, pl.col("value").is_not_null())
    # Of the values of one time the least: which row came first must not count.
    touches = touches.sort(at if is_first else -at, "value").unique(unit, keep="first", maintain_order=True)
    return frame.drop("value").join(touches.select(unit, "value"), on=unit, how="left")


def _apart(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of the same customer with different values belong to different tracks and units."""
    apart = {name: pl.struct(name, "value").hash() for name in ("key", "unit") if name in frame.columns}
    return frame.with_columns(**apart)
