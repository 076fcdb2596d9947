"""Which steps each unit of a funnel has reached, and how long each took."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.funnels.answer import Answer
from journey_analytics.analysis.funnels.attempts import Attempts
from journey_analytics.analysis.funnels.moments import Flags, Micros, Places
from journey_analytics.analysis.funnels.optional import optional_moments
from journey_analytics.analysis.funnels.units import Units

UNKNOWN = -1


@dataclass(frozen=True)
class StepProgress:
    """One step; a value for each unit.

    Attributes:
        is_reached: Whether it has reached it; of who is excluded, by a tainted attempt.
        since_previous: Microseconds since the required step before; -1 where there are none.
        since_first: The same since the first step.
    """

    is_reached: Flags
    since_previous: Micros
    since_first: Micros


@dataclass(frozen=True)
class Progress:
    """Units that reached any step.

    Attributes:
        unit: Their numbers.
        steps: All steps, in order.
        is_open: Whether it is too early to tell how far they get.
        is_excluded: Whether they are left out.
    """

    unit: Places
    steps: tuple[StepProgress, ...]
    is_open: Flags
    is_excluded: Flags


def progress_of(answer: Answer) -> Progress:
    """Progress of all units, by the way in that the funnel asks for."""
    if answer.funnel.entry == "first":
        return _from_first(answer)
    return _from_any(answer) if answer.funnel.entry == "any" else _each(answer)


def first_rows(group: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Where each group begins; rows of a group stand together."""
    return np.flatnonzero(np.diff(group, prepend=-1))


def _from_first(answer: Answer) -> Progress:
    attempts = answer.attempts()
    unit = answer.unit_of(attempts)
    first = first_rows(unit)
    units = answer.told(attempts, first)
    told = attempts.of(units.attempt)
    return Progress(unit[first], _steps(answer, told), units.is_open, units.is_excluded)


def _steps(answer: Answer, told: Attempts) -> tuple[StepProgress, ...]:
    at, required = answer.moments.at, answer.funnel.required
    found: list[StepProgress] = []
    for place in range(len(answer.funnel.all_steps)):
        before = max((index for index, step in enumerate(required) if step < place), default=0)
        if place in required:
            done = told.done[required.index(place)]
        else:
            done = optional_moments(answer.moments, answer.bundles, told, answer.funnel, place)
        is_reached = done >= 0
        is_timed = is_reached & (told.done[before] >= 0) & (place > 0)
        found.append(
            StepProgress(
                is_reached,
                np.where(is_timed, at[done] - at[told.done[before]], UNKNOWN),
                np.where(is_timed, at[done] - at[told.start], UNKNOWN),
            )
        )
    return tuple(found)


def _from_any(answer: Answer) -> Progress:
    """Whoever reaches a step from whichever step they begin with; times from the earliest of these."""
    count, steps = answer.units_count, len(answer.funnel.all_steps)
    is_open, is_clean = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    entries = [_entry(answer, entry) for entry in range(steps)]
    for unit, units, _ in entries:
        is_open[unit] |= units.is_open
        is_clean[unit] |= ~units.is_excluded
    found = [_nobody(count) for _ in range(steps)]
    for unit, units, of_entry in entries:
        counts = np.flatnonzero(~units.is_excluded | ~is_clean[unit])
        for step, theirs in zip(found, of_entry, strict=True):
            rows = counts[theirs.is_reached[counts]]
            step.is_reached[unit[rows]] = True
            for known, told in (
                (step.since_previous, theirs.since_previous),
                (step.since_first, theirs.since_first),
            ):
                new = rows[known[unit[rows]] == UNKNOWN]
                known[unit[new]] = told[new]
    return _of_those_who_came(Progress(np.arange(count, dtype=np.int32), tuple(found), is_open, ~is_clean))


def _entry(answer: Answer, entry: int) -> tuple[Places, Units, tuple[StepProgress, ...]]:
    attempts = answer.attempts(entry)
    unit = answer.unit_of(attempts)
    first = first_rows(unit)
    units = answer.told(attempts, first)
    return unit[first], units, _steps(answer, attempts.of(units.attempt))


def _nobody(count: int) -> StepProgress:
    return StepProgress(
        np.zeros(count, dtype=np.bool_),
        np.full(count, UNKNOWN, dtype=np.int64),
        np.full(count, UNKNOWN, dtype=np.int64),
    )


def _each(answer: Answer) -> Progress:
    """Every step for itself, whatever came before."""
    moments, count = answer.moments, answer.units_count
    unit = answer.unit[moments.track[:-1]]
    found: list[StepProgress] = []
    is_open = np.zeros(count, dtype=np.bool_)
    for place in range(len(answer.funnel.all_steps)):
        moment = np.flatnonzero(moments.with_any(1 << place))
        step = _nobody(count)
        step.is_reached[unit[moment]] = True
        found.append(step)
        is_late = moments.at[moment] + answer.funnel.window_microseconds >= answer.rows.complete_until
        is_open[unit[moment[is_late]]] = True
    none = np.zeros(count, dtype=np.bool_)
    return _of_those_who_came(Progress(np.arange(count, dtype=np.int32), tuple(found), is_open, none))


def _of_those_who_came(progress: Progress) -> Progress:
    """Without units that have events of the funnel, and no step of it."""
    came = np.flatnonzero(np.any([step.is_reached for step in progress.steps], axis=0))
    steps = (
        StepProgress(step.is_reached[came], step.since_previous[came], step.since_first[came])
        for step in progress.steps
    )
    return Progress(progress.unit[came], tuple(steps), progress.is_open[came], progress.is_excluded[came])
