"""Attempts whose next step has to come at once, or soon: strict funnels, and steps with a window of their own.

There the earliest moment of a step may be a dead end where a later one goes on. So, for each level from the last one
down, it is first found out backwards from which moments that level can be reached; then attempts go forwards through
these alone, always to the earliest and as far as it takes them.
"""

from dataclasses import dataclass

import numpy as np

from journey_analytics.analysis.funnels.attempts import NEVER, Attempts, next_moments, started
from journey_analytics.analysis.funnels.bundles import Bundles, Levels
from journey_analytics.analysis.funnels.moments import Flags, Moments, Places


@dataclass(frozen=True)
class Succession:
    """What a next step has to fulfil.

    Attributes:
        is_strict: It comes at the next moment of the track.
        within: The longest time since the step before for each step, in microseconds; the first one has none.
    """

    is_strict: bool
    within: tuple[int | None, ...]


def successive_attempts(
    moments: Moments, bundles: Bundles, reach: Levels, window: int, succession: Succession, entry: int = 0
) -> Attempts:
    """Attempts from every moment that can serve the step ``entry``; see ``ordered_attempts``."""
    steps = reach.shape[1] - 1
    start = np.flatnonzero((reach[:, entry] > entry)[bundles.of_moment]).astype(np.int32)
    attempts = started(start, np.full(len(start), entry, dtype=np.int8), steps, entry)
    open_rows = np.arange(len(start))
    for target in range(steps, entry, -1):
        ways = _Ways(moments, bundles, reach, succession, entry, target)
        walked = ways.walk(start[open_rows])
        end = walked.done[target - 1]
        is_there = end != NEVER
        is_there[is_there] = moments.at[end[is_there]] - moments.at[walked.start[is_there]] <= window
        rows = open_rows[is_there]
        attempts.level[rows] = target
        for done, of_walk in zip(attempts.done, walked.done, strict=True):
            done[rows] = of_walk[is_there]
        open_rows = open_rows[~is_there]
    return attempts


class _Ways:
    """From where, and by which moments, one level is reached."""

    def __init__(
        self, moments: Moments, bundles: Bundles, reach: Levels, succession: Succession, entry: int, target: int
    ) -> None:
        self.entry, self.target = entry, target
        self.reach, self.bundle = reach, bundles.of_moment
        everywhere = np.ones(len(moments), dtype=np.bool_)
        self.leads: dict[int, Flags] = {target: everywhere}
        self.following: dict[int, Places] = {}
        for level in range(target - 1, entry, -1):
            furthest = reach[self.bundle, level]
            is_entered = np.zeros(len(moments), dtype=np.bool_)
            for further in range(level + 1, target + 1):
                is_entered |= (furthest >= further) & self.leads[further]
            following = _next_of_track(moments, is_entered, is_strict=succession.is_strict)
            within = succession.within[level]
            if within is not None:
                late = moments.at[following] - moments.at[:-1] > within
                following[late] = NEVER
            self.following[level], self.leads[level] = following, following != NEVER

    def walk(self, start: Places) -> Attempts:
        """Attempts that reach the level, as early as they can; the others stay at their start without any step."""
        level = self._furthest(start, np.full(len(start), self.entry, dtype=np.int8))
        attempts = started(start, level, self.reach.shape[1] - 1, self.entry)
        for current in range(self.entry + 1, self.target):
            rows = np.flatnonzero(attempts.level == current)
            moment = self.following[current][attempts.done[current - 1][rows]]
            further = self._furthest(moment, attempts.level[rows])
            attempts.level[rows] = further
            for step in range(current, self.target):
                is_done = further > step
                attempts.done[step][rows[is_done]] = moment[is_done]
        return attempts

    def _furthest(self, moment: Places, level: Levels) -> Levels:
        """The highest level that a moment leads to from another one and that leads on; the same where there is none."""
        most = self.reach[self.bundle[moment], level]
        found = level.copy()
        for further in range(self.entry + 1, self.target + 1):
            found[(further > level) & (most >= further) & self.leads[further][moment]] = further
        return found


def _next_of_track(moments: Moments, flags: Flags, *, is_strict: bool) -> Places:
    """For each moment the next marked one of its track; -1 where there is none."""
    if is_strict:
        following = np.arange(1, len(moments) + 1, dtype=np.int32)
        is_found = np.zeros(len(moments), dtype=np.bool_)
        is_found[:-1] = flags[1:]
    else:
        following = next_moments(flags)
        is_found = np.ones(len(moments), dtype=np.bool_)
    is_found &= moments.track[following] == moments.track[:-1]
    return np.where(is_found, following, NEVER)
