"""Attempts: what becomes of everybody who begins a funnel, from each moment at which they do."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.funnels.bundles import Levels
from journey_analytics.analysis.funnels.moments import Flags, Moments, Places

NEVER = np.int32(-1)


@dataclass(frozen=True)
class Attempts:
    """Attempts by track, and in each track by the time of their start.

    Attributes:
        start: Moment of the first step.
        level: How many steps are done; of one that begins later in the funnel, the number of its last step.
        done: For each required step the moment at which it is done; -1 where it is not.
        is_tainted: Whether an exclusion lies where it must not.
    """

    start: Places
    level: Levels
    done: tuple[Places, ...]
    is_tainted: Flags

    def of(self, rows: npt.NDArray[np.int64]) -> "Attempts":
        """Some of them."""
        return Attempts(
            self.start[rows], self.level[rows], tuple(done[rows] for done in self.done), self.is_tainted[rows]
        )

    @property
    def end(self) -> Places:
        """Moment of the last step that is done."""
        found = self.start.copy()
        for done in self.done:
            np.maximum(found, done, out=found)
        return found


def started(start: Places, level: Levels, steps: int, entry: int = 0) -> Attempts:
    """Attempts that have done some steps at the moment of their start, from step ``entry`` on."""
    done = tuple(
        np.where(level > step, start, NEVER) if step >= entry else np.full(len(start), NEVER) for step in range(steps)
    )
    return Attempts(start, level, done, np.zeros(len(start), dtype=np.bool_))


def next_moments(flags: Flags) -> Places:
    """For each moment the first one after it that is marked, of whatever track; the number of moments where none is."""
    count = len(flags)
    found = np.full(count + 1, count, dtype=np.int32)
    marked = np.flatnonzero(flags)
    found[marked] = marked
    backwards = found[::-1]
    np.minimum.accumulate(backwards, out=backwards)
    return found[1:]


def without_excluded(
    moments: Moments, attempts: Attempts, exclusions: list[tuple[int, int, int]], window: int
) -> Attempts:
    """Attempts with those marked that an exclusion taints.

    It has to come later than the step after which it counts, earlier than the one before which it does, and within the
    window.

    Args:
        moments: The events.
        attempts: Attempts in order, or strict ones.
        exclusions: Bit, step after which and step before which it counts, from 0.
        window: In microseconds.
    """
    tainted = attempts.is_tainted.copy()
    for bit, after, before in exclusions:
        following = next_moments(moments.with_any(bit))
        rows = np.flatnonzero(attempts.done[after] != NEVER)
        start, until = attempts.start[rows], attempts.done[before][rows]
        exclusion = following[attempts.done[after][rows]]
        is_early = (until == NEVER) | (exclusion < until)
        tainted[rows[is_early & are_together(moments, start, exclusion, window)]] = True
    return replace(attempts, is_tainted=tainted)


def are_together(moments: Moments, start: Places, later: Places, window: int) -> Flags:
    """Whether moments are of the same track, and the later one within the window."""
    return (moments.track[later] == moments.track[start]) & (moments.at[later] - moments.at[start] <= window)
