"""The ordered funnel of events: how many get how far through some steps within a window, and how long each step takes.

The level of an entity is the greatest number of first steps for which it has different events, at times that do not
decrease, the last no later than the window after the first. Any number of attempts counts, other events may lie
between, and events of the same time count in whatever order helps. ClickHouse's ``windowFunnel(..., 'strict_once')``
counts the same; its plain ``windowFunnel`` lets one event serve several steps of the same name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.moments import Moments, Places, moments_of
from journey_analytics.errors import UsageError

_MICROSECOND = timedelta(microseconds=1)
_NONE = np.int32(-1)
_SCHEMA = {
    "step_index": pl.UInt32,
    "step_name": pl.String,
    "reached_count": pl.UInt32,
    "median_seconds_from_previous": pl.Float64,
    "p90_seconds_from_previous": pl.Float64,
}


def ordered_funnel(
    events: pl.DataFrame | pl.LazyFrame,
    steps: Sequence[str],
    window: timedelta,
    *,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
) -> pl.DataFrame:
    """Count how many entities reach each step.

    The rows of events may stand in any order. A name that stands several times in ``steps`` needs as many events. Time
    is elapsed time to the microsecond; a last step exactly the window after the first still counts.

    Args:
        events: Any event log; rows without an entity or a time are left out.
        steps: Names of events in the order in which they are to occur.
        window: Longest time from the first step of an attempt to its last one.
        entity: Column of the customer, session or whatever else the events belong to.
        time: Column of the time.
        event: Column of the name.

    Returns:
        One row per step, in order: ``step_index`` from 1, ``step_name``, ``reached_count`` (entities whose level is at
        least that), and of these the time since the step before, ``median_seconds_from_previous`` and
        ``p90_seconds_from_previous`` (interpolated; null for the first step and where nobody came). Times are those of
        one attempt per entity: of those that first reach its level the one that starts last, then the earliest event
        for each later step.

    Raises:
        UsageError: There is no step, the window is negative, or a column is missing or of another kind.

    Example:
        >>> from datetime import datetime
        >>> log = pl.DataFrame({
        ...     "customer_id": ["ann", "ann", "ben", "ann", "ben"],
        ...     "event_type": ["view", "view", "view", "buy", "buy"],
        ...     "occurred_at": [datetime(2026, 1, day) for day in (1, 5, 6, 8, 20)],
        ... })
        >>> ordered_funnel(log, ["view", "buy"], timedelta(days=7)).rows()
        [(1, 'view', 2, None, None), (2, 'buy', 1, 259200.0, 259200.0)]
    """
    if isinstance(steps, str) or not steps:
        raise UsageError(f"A funnel has no steps: {steps!r}.", hint="Give a list of one or more names of events.")
    if window < timedelta(0):
        raise UsageError(f"The window of a funnel is negative: {window}.", hint="Give how long an attempt may take.")
    moments = moments_of(events, list(dict.fromkeys(steps)), entity=entity, time=time, event=event)
    entries = _entries(moments, steps)
    attempts = _attempts(moments, entries, window // _MICROSECOND)
    counts = [int(np.count_nonzero(attempts.level >= index)) for index in range(1, len(steps) + 1)]
    return pl.DataFrame(
        [
            (index, name, count, *quantiles)
            for index, (name, count, quantiles) in enumerate(
                zip(steps, counts, _quantiles(moments, entries, attempts), strict=True), start=1
            )
        ],
        schema=_SCHEMA,
        orient="row",
    )


@dataclass(frozen=True)
class _Entries:
    """Where a step can be done.

    Attributes:
        moment: Moments with an event of the step, ascending.
        from_level: The least level from which each of them gets to this step, by its own events alone.
    """

    moment: Places
    from_level: npt.NDArray[np.int16]


def _entries(moments: Moments, steps: Sequence[str]) -> list[_Entries]:
    """Entries of each step.

    A moment takes an attempt from a level through all steps after it for which it has events. Where a name stands in
    several of these steps it needs as many: so the level is at least the last step of that name that finds none left.
    """
    found: list[_Entries] = []
    least = np.zeros(len(moments.at), dtype=np.int16)
    for index, name in enumerate(steps, start=1):
        here = moments.of_name[name]
        earlier = [place for place in range(index - 1, 0, -1) if steps[place - 1] == name]
        left_over = np.array([*earlier, 0], dtype=np.int16)[np.minimum(here.count - 1, len(earlier))]
        from_level = np.maximum(least[here.moment], left_over)
        found.append(_Entries(here.moment, from_level))
        least = np.full(len(moments.at), index, dtype=np.int16)
        least[here.moment] = from_level
    return found


@dataclass(frozen=True)
class _Attempts:
    """The attempt of each entity whose times are told.

    Attributes:
        level: How far it gets.
        start: Moment of its first step; -1 where there is none.
    """

    level: npt.NDArray[np.int32]
    start: Places


def _attempts(moments: Moments, entries: list[_Entries], window: int) -> _Attempts:
    """Of the attempts that first reach an entity's level the one that starts last.

    Only the latest start is worth keeping for each level: whatever an earlier one still reaches, it reaches too.
    """
    best = _Attempts(
        np.zeros(moments.entities_count, dtype=np.int32), np.full(moments.entities_count, _NONE, dtype=np.int32)
    )
    started: list[Places] = []
    for index, step in enumerate(entries, start=1):
        start = step.moment.copy()
        for level in range(1, index):
            rows = np.flatnonzero(step.from_level == level)
            start[rows] = started[level - 1][step.moment[rows]]
        entity = moments.entity[step.moment]
        is_reached = (start >= 0) & (moments.entity[start] == entity)
        is_reached &= moments.at[step.moment] - moments.at[start] <= window
        moment, start, entity = step.moment[is_reached], start[is_reached], entity[is_reached]
        is_first = np.diff(entity, prepend=_NONE) != 0
        best.level[entity[is_first]] = index
        best.start[entity[is_first]] = start[is_first]
        started.append(_latest_before(moment, start, len(moments.at)))
    return best


def _latest_before(moment: Places, start: Places, moments_count: int) -> Places:
    """For each moment the latest start of an attempt that reached the step earlier; -1 where there is none."""
    latest = np.full(moments_count + 1, _NONE, dtype=np.int32)
    latest[moment + 1] = start
    return np.maximum.accumulate(latest, out=latest)


def _quantiles(
    moments: Moments, entries: list[_Entries], attempts: _Attempts
) -> list[tuple[float | None, float | None]]:
    """Median and ninth decile of the seconds from the step before, for each step."""
    found: list[tuple[float | None, float | None]] = [(None, None)]
    level, current = attempts.level, attempts.start
    came_from = np.zeros(len(level), dtype=np.int16)
    for index, step in enumerate(entries[1:], start=2):
        level, current, came_from = (values[level >= index] for values in (level, current, came_from))
        if not len(level):
            found.append((None, None))
            continue
        place = np.searchsorted(step.moment, current)
        is_here = step.moment[place] == current
        stays = is_here & (step.from_level[place] <= came_from)
        following = step.moment[place + (is_here & ~stays)]
        seconds = np.quantile(moments.at[following] - moments.at[current], (0.5, 0.9)) / 1e6
        found.append((float(seconds[0]), float(seconds[1])))
        current, came_from = following, np.where(stays, came_from, np.int16(index - 1))
    return found
