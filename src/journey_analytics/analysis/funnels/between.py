"""The time between two steps of a funnel: how many took how long."""

from math import ceil

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import LogColumns
from journey_analytics.analysis.funnels.answer import answer
from journey_analytics.analysis.funnels.progress import first_rows
from journey_analytics.analysis.funnels.question import Funnel
from journey_analytics.errors import UsageError

_SECOND = 1_000_000


def time_to_convert(
    events: pl.DataFrame | pl.LazyFrame,
    funnel: Funnel,
    *,
    from_step: int = 1,
    to_step: int | None = None,
    bins: int | None = None,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
) -> pl.DataFrame:
    """Count how many customers took how long from one step of a funnel to another.

    Args:
        events: Any event log, rows in any order.
        funnel: Steps, window, order and all else.
        from_step: Number of the step with which the time begins.
        to_step: Number of the step with which it ends; the last one by default.
        bins: How many bins to make; by default the cube root of the number of customers, rounded up.
        entity: Column of the customer, session or whatever else is counted.
        time: Column of the time.
        event: Column of the name.

    Returns:
        One row per bin, in order and without gaps: ``from_seconds`` (included), ``to_seconds`` (not included),
        ``customers_count``. Bins begin with the shortest time, are of whole seconds and of one width; one more than
        asked for holds the longest time. No rows if nobody came. Times are those of one attempt per customer, see
        ``funnel_steps``.

    Raises:
        UsageError: A column is missing or of another kind, or there is no such step.
    """
    first, last = required_places(funnel, from_step, to_step)
    if bins is not None and bins < 1:
        raise UsageError(f"{bins} bins are asked for.", hint="Give 1 or more, or leave `bins` out.")
    found = answer(events, funnel, LogColumns(entity, time, event))
    attempts = found.attempts()
    units = found.told(attempts, first_rows(found.unit_of(attempts)))
    told = attempts.of(units.attempt[~units.is_excluded])
    told = told.of(np.flatnonzero(told.done[last] >= 0))
    at = found.moments.at
    micros = at[told.done[last]] - at[told.done[first]]
    if not len(micros):
        return _histogram(np.empty(0, dtype=np.int64), 0, 1)
    shortest, longest = int(micros.min()), int(micros.max())
    wanted = bins or _cube_root(len(micros))
    width = max(-(-(longest - shortest) // (wanted * _SECOND)) * _SECOND, _SECOND)
    return _histogram(np.bincount((micros - shortest) // width, minlength=wanted + 1), shortest, width)


def required_places(funnel: Funnel, from_step: int, to_step: int | None) -> tuple[int, int]:
    """Places of two steps among the required ones, from 0.

    Raises:
        UsageError: There is no such step, it is optional, or they stand the other way round.
    """
    end = funnel.required[-1] + 1 if to_step is None else to_step
    if funnel.entry != "first":
        raise UsageError(
            f'Here attempts begin with the first step, and the funnel has entry="{funnel.entry}".',
            hint='Give a funnel with entry="first".',
        )
    if from_step > end or from_step - 1 not in funnel.required or end - 1 not in funnel.required:
        steps = ", ".join(str(place + 1) for place in funnel.required)
        raise UsageError(f"There is no way from step {from_step} to step {end}.", hint=f"Allowed, in order: {steps}.")
    return funnel.required.index(from_step - 1), funnel.required.index(end - 1)


def _cube_root(count: int) -> int:
    """The cube root rounded up, exactly."""
    root = ceil(count ** (1 / 3))
    return root - 1 if (root - 1) ** 3 >= count else root


def _histogram(counts: np.ndarray[tuple[int], np.dtype[np.int64]], start: int, width: int) -> pl.DataFrame:
    begins = start + width * np.arange(len(counts), dtype=np.int64)
    return pl.DataFrame(
        {"from_seconds": begins / 1e6, "to_seconds": (begins + width) / 1e6, "customers_count": counts},
        schema={"from_seconds": pl.Float64, "to_seconds": pl.Float64, "customers_count": pl.UInt32},
    )
