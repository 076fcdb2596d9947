"""Attempts in order: from each start the earliest moment of every further step.

Being further earlier is never worse, so that one look ahead per step is enough, and each moment is used for as many
steps as its events serve.
"""

import numpy as np

from journey_analytics.analysis.funnels.attempts import Attempts, are_together, next_moments, started
from journey_analytics.analysis.funnels.bundles import Bundles, Levels
from journey_analytics.analysis.funnels.moments import Moments, Places


def ordered_attempts(
    moments: Moments, bundles: Bundles, reach: Levels, window: int, entry: int = 0, *, latest_only: bool = False
) -> Attempts:
    """Attempts from every moment that can serve the step ``entry``.

    Args:
        moments: The events.
        bundles: What they can serve together.
        reach: How far each bundle takes an attempt from each level.
        window: In microseconds.
        entry: Step with which they begin, from 0.
        latest_only: Leave out starts that go on to the same moment as a later one, which so gets at least as far. The
            latest start of each track stays.
    """
    steps = reach.shape[1] - 1
    start = np.flatnonzero((reach[:, entry] > entry)[bundles.of_moment]).astype(np.int32)
    level = reach[bundles.of_moment[start], entry]
    ahead = {
        current: next_moments((reach[:, current] > current)[bundles.of_moment]) for current in range(entry + 1, steps)
    }
    if latest_only and ahead:
        start, level = _latest(moments, start, level, ahead[entry + 1][start], entry + 1, window)
    attempts = started(start, level, steps, entry)
    rows = np.arange(len(start))
    for current, following in ahead.items():
        rows = rows[attempts.level[rows] >= current]
        here = rows[attempts.level[rows] == current]
        found = following[attempts.done[current - 1][here]]
        is_found = are_together(moments, start[here], found, window)
        here, found = here[is_found], found[is_found]
        further = reach[bundles.of_moment[found], current]
        attempts.level[here] = further
        for step in range(current, steps):
            is_done = further > step
            attempts.done[step][here[is_done]] = found[is_done]
    return attempts


def _latest(
    moments: Moments, start: Places, level: Levels, following: Places, low: int, window: int
) -> tuple[Places, Levels]:
    """Starts without those that the next one makes superfluous."""
    goes_on = (level == low) & are_together(moments, start, following, window)
    is_kept = np.ones(len(start), dtype=np.bool_)
    is_kept[:-1] = ~(goes_on[:-1] & goes_on[1:] & (following[1:] == following[:-1]))
    return start[is_kept], level[is_kept]
