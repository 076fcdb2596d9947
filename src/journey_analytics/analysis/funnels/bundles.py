"""Which steps the events of one moment can serve together: each different bundle of events is looked at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.funnels.moments import Moments, Places

_LARGEST_TABLE = 1 << 16

Levels = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Bundles:
    """Kinds of events that occur together.

    Attributes:
        of_moment: Number of the bundle of each moment.
        contents: For each bundle what each of its events can serve, no more of a kind than can be used; a bundle
            without contents does not occur.
    """

    of_moment: Places
    contents: tuple[tuple[int, ...], ...]

    def reach(self, steps: list[int]) -> Levels:
        """How far each bundle takes an attempt by its own events: a row per bundle, a column per level before.

        Args:
            steps: The bit of each step, in order.
        """
        found = np.tile(np.arange(len(steps) + 1, dtype=np.int8), (len(self.contents), 1))
        for bundle, events in enumerate(self.contents):
            for level in range(len(steps)) if events else ():
                found[bundle, level] = level + _first_served(events, steps[level:])
        return found

    def can_serve(self, moment: Places, needed: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether different events of a moment serve all of these bits, for each moment."""
        bundle = self.of_moment[moment]
        found = np.zeros(len(moment), dtype=np.bool_)
        for bits in np.unique(needed).tolist():
            steps = _bits(bits)
            can = np.array([_first_served(events, steps) == len(steps) for events in self.contents], dtype=np.bool_)
            rows = np.flatnonzero(needed == bits)
            found[rows] = can[bundle[rows]]
        return found


def bundles_of(moments: Moments, steps: int) -> Bundles:
    """Bundles of the events that can serve any of the steps.

    Args:
        moments: The events.
        steps: The bits of all steps.
    """
    number = np.zeros(len(moments), dtype=np.int64)
    used, size = [], 1
    for kind in moments.kinds:
        most = (kind.served & steps).bit_count()
        if most == 0:
            continue
        used.append((kind, most))
        number[kind.moment] += np.minimum(kind.count, most) * size
        size *= most + 1
        if size > _LARGEST_TABLE:
            different, number = np.unique(number, return_inverse=True)
            size = len(different)
    example = np.full(size, -1, dtype=np.int64)
    example[number] = np.arange(len(moments))
    contents: list[list[int]] = [[] for _ in range(size)]
    for kind, most in used:
        place = np.minimum(np.searchsorted(kind.moment, example), len(kind.moment) - 1)
        counts = np.where(kind.moment[place] == example, np.minimum(kind.count[place], most), 0)
        for bundle in np.flatnonzero(counts).tolist():
            contents[bundle] += [kind.served & steps] * int(counts[bundle])
    return Bundles(number.astype(np.int32), tuple(map(tuple, contents)))


def _bits(mask: int) -> list[int]:
    return [1 << place for place in range(mask.bit_length()) if mask >> place & 1]


def _first_served(events: tuple[int, ...], steps: list[int]) -> int:
    """How many of the steps, from the first on, different events can serve.

    Each step takes an event; where all that serve it are taken, the others make room if they can (Kuhn 1955).
    """
    step_of: dict[int, int] = {}

    def takes(step: int, seen: set[int]) -> bool:
        for event, served in enumerate(events):
            if served & step and event not in seen:
                seen.add(event)
                if event not in step_of or takes(step_of[event], seen):
                    step_of[event] = step
                    return True
        return False

    for count, step in enumerate(steps):
        if not takes(step, set()):
            return count
    return len(steps)


def most_served(events: tuple[int, ...], steps: int) -> int:
    """The greatest number of the steps that different events can serve."""
    served = 0
    for step in _bits(steps):
        if _first_served(events, [*_bits(served), step]) == served.bit_count() + 1:
            served |= step
    return served.bit_count()
