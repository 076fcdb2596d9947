"""Attempts in any order: how soon after each event one step is done, then two, then three.

The steps that events can serve together grow with every event that adds one, whichever events were used before (they
are independent sets of a transversal matroid). So it is enough to go from one event that adds a step to the next; of
each kind these are the first ones.
"""

from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.funnels.attempts import Attempts, are_together, next_moments, started
from journey_analytics.analysis.funnels.bundles import most_served
from journey_analytics.analysis.funnels.moments import Kind, Moments, Places

_Rows = npt.NDArray[np.int64]


def any_order_attempts(moments: Moments, steps: int, exclusions: int, window: int) -> Attempts:
    """Attempts from every moment that can serve a step, up to the next exclusion.

    Where an exclusion comes within the window before all is done, it takes back what was: one step stays.

    Args:
        moments: The events.
        steps: How many there are; their bits are the lowest.
        exclusions: Their bits.
        window: In microseconds.
    """
    mask = (1 << steps) - 1
    kinds = [kind for kind in moments.kinds if kind.served & mask]
    start = np.flatnonzero(moments.with_any(mask)).astype(np.int32)
    attempts = started(start, np.ones(len(start), dtype=np.int8), steps)
    queues = [_Queue.of(kind, mask, start, len(moments)) for kind in kinds]
    held: dict[tuple[int, ...], _Rows] = {(0,) * len(kinds): np.arange(len(start))}
    for step in range(steps):
        held = _one_more(moments, attempts, queues, held, step, window)
    if exclusions:
        _take_back(moments, attempts, exclusions, window)
    return attempts


@dataclass(frozen=True)
class _Queue:
    """The events of a kind one by one, and for each start how many of them lie before it."""

    served: int
    moment: Places
    before: _Rows

    @classmethod
    def of(cls, kind: Kind, mask: int, start: Places, moments_count: int) -> "_Queue":
        served = kind.served & mask
        count = np.minimum(kind.count, served.bit_count())
        before = np.zeros(moments_count + 1, dtype=np.int64)
        before[kind.moment + 1] = count
        none_left = np.int32(moments_count)
        return cls(served, np.append(np.repeat(kind.moment, count), none_left), np.cumsum(before)[start])

    def after(self, rows: _Rows, used: int) -> Places:
        """For each start the moment of the first event that is not used yet; the number of moments if there is none."""
        return self.moment[np.minimum(self.before[rows] + used, len(self.moment) - 1)]


def _one_more(
    moments: Moments,
    attempts: Attempts,
    queues: list[_Queue],
    held: dict[tuple[int, ...], _Rows],
    step: int,
    window: int,
) -> dict[tuple[int, ...], _Rows]:
    """Go on to the next event that adds a step; attempts are kept by the number of events used of each kind."""
    found: dict[tuple[int, ...], list[_Rows]] = {}
    for used, rows in held.items():
        helping = [place for place in range(len(queues)) if _most(queues, used, place) > step]
        if not helping or not len(rows):
            continue
        ahead = np.stack([queues[place].after(rows, used[place]) for place in helping])
        best = ahead.argmin(axis=0)
        moment = ahead[best, np.arange(len(rows))]
        is_found = are_together(moments, attempts.start[rows], moment, window)
        attempts.done[step][rows[is_found]] = moment[is_found]
        attempts.level[rows[is_found]] = step + 1
        for number, place in enumerate(helping):
            further = tuple(count + (index == place) for index, count in enumerate(used))
            found.setdefault(further, []).append(rows[is_found & (best == number)])
    return {used: np.concatenate(rows) for used, rows in found.items()}


def _most(queues: list[_Queue], used: tuple[int, ...], place: int) -> int:
    """How many steps are served by the events used and one more of a kind."""
    events = [queue.served for index, queue in enumerate(queues) for _ in range(used[index] + (index == place))]
    return most_served(tuple(events), reduce(or_, events))


def _take_back(moments: Moments, attempts: Attempts, exclusions: int, window: int) -> None:
    steps = len(attempts.done)
    exclusion = next_moments(moments.with_any(exclusions))[attempts.start]
    is_complete = (attempts.level == steps) & (attempts.done[-1] <= exclusion)
    taken = np.flatnonzero(are_together(moments, attempts.start, exclusion, window) & ~is_complete)
    attempts.level[taken] = 1
    for done in attempts.done[1:]:
        done[taken] = -1
