"""Whom a funnel counts: of the attempts of each customer the one that is told, and whether it is too early to tell."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.funnels.attempts import Attempts
from journey_analytics.analysis.funnels.moments import Flags, Moments

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Units:
    """One for each customer, or whatever else is counted once.

    Attributes:
        attempt: Row of the attempt that is told: of those without exclusion that get furthest the ones that end first,
            of these the one that starts last. Of who is excluded any that gets furthest.
        is_excluded: Whether all attempts that get furthest are tainted.
        is_open: Whether a window was not over when the log ended: that of the attempt that did all steps, or any.
    """

    attempt: Rows
    is_excluded: Flags
    is_open: Flags


def units_of(moments: Moments, attempts: Attempts, first: Rows, window: int, complete_until: int) -> Units:
    """Units of attempts that stand together and, in each unit, in the order of their start.

    Args:
        moments: The events.
        attempts: Attempts.
        first: For each unit the row of its first attempt.
        window: In microseconds.
        complete_until: Time up to which the log is complete, in microseconds.
    """
    if not len(first):
        none = np.empty(0, dtype=np.bool_)
        return Units(first, none, none)
    counts = np.diff(first, append=len(attempts.start))
    level = attempts.level.astype(np.int16)
    # One number for both: a tainted attempt comes after a clean one of the same level.
    rank = 2 * level + ~attempts.is_tainted
    best = np.maximum.reduceat(rank, first)
    candidate = np.flatnonzero(rank == np.repeat(best, counts))
    unit = np.repeat(np.arange(len(first)), counts)[candidate]
    end = moments.at[attempts.of(candidate).end]
    is_new = np.diff(unit, prepend=-1) != 0
    first_end = np.minimum.reduceat(end, np.flatnonzero(is_new))
    is_told = end == first_end[unit]
    told, unit = candidate[is_told], unit[is_told]
    told = told[np.append(unit[1:] != unit[:-1], np.True_)]
    is_excluded = attempts.is_tainted[told]
    is_done = (attempts.level[told] == len(attempts.done)) & ~is_excluded
    last = first + counts - 1
    started_at = moments.at[attempts.start[np.where(is_done, told, last)]]
    return Units(told, is_excluded, started_at + window >= complete_until)
