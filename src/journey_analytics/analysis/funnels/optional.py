"""Steps that are counted and never required: whether the attempt that is told had them, and when."""

import numpy as np

from journey_analytics.analysis.funnels.attempts import NEVER, Attempts, are_together, next_moments
from journey_analytics.analysis.funnels.bundles import Bundles
from journey_analytics.analysis.funnels.moments import Moments, Places
from journey_analytics.analysis.funnels.question import Funnel


def optional_moments(moments: Moments, bundles: Bundles, attempts: Attempts, funnel: Funnel, place: int) -> Places:
    """Earliest moment of an optional step in each attempt; -1 where there is none.

    It lies between the required steps around it, or up to the end of the window where the next is not done, and takes
    an event that serves none of the required ones. Each optional step is judged by itself.

    Args:
        moments: The events.
        bundles: What they can serve together.
        attempts: Attempts in order.
        funnel: Their funnel.
        place: Place of the step among all steps, from 0.
    """
    required = funnel.required
    after = max(index for index, step in enumerate(required) if step < place)
    bit = np.int64(1 << place)
    has_step = moments.with_any(int(bit))
    following = next_moments(has_step)
    previous = attempts.done[after]
    until = attempts.done[after + 1] if after + 1 < len(required) else np.full_like(previous, NEVER)

    def can_spare(moment: Places) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether the moment has an event for this step beside those of the required ones that are done there."""
        needed = np.full(len(moment), bit, dtype=np.int64)
        for step, done in zip(required, attempts.done, strict=True):
            needed |= np.where(done == moment, np.int64(1 << step), 0)
        return bundles.can_serve(moment, needed)

    is_tried = previous != NEVER
    is_here = is_tried & can_spare(np.where(is_tried, previous, 0).astype(np.int32))
    later = np.where(is_tried, following[previous], len(moments)).astype(np.int32)
    is_in_time = is_tried & are_together(moments, attempts.start, later, funnel.window_microseconds)
    is_before = is_in_time & ((until == NEVER) | (later < until))
    is_last = is_in_time & (later == until)
    is_last &= can_spare(np.where(is_last, until, 0).astype(np.int32))
    return np.where(is_here, previous, np.where(is_before | is_last, later, NEVER)).astype(np.int32)
