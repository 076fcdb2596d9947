"""Journeys: a customer's interactions between silences that are longer than the stage allows."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np

from journey_analytics.arrays.segments import Members, Rows, Segments, changes
from journey_analytics.transform.stages import Stages
from journey_analytics.transform.total_order import Times
from journey_analytics.transform.touchpoints import Touchpoints


@dataclass(frozen=True)
class Journeys(Members):
    """Journeys of customers; their members are interactions.

    Attributes:
        lapses_at: For each interaction when silence after it would become a drop-off.
    """

    lapses_at: Times

    @cached_property
    def number(self) -> Rows:
        """For each interaction the place of its journey among all."""
        return self.cut.spread(np.arange(len(self.cut)))


def find_journeys(touchpoints: Touchpoints, stages: Stages, lapse_after: timedelta) -> Journeys:
    """Cut interactions into journeys.

    A journey ends when the silence after an interaction is longer than the limit θ of the stage the customer was in:
    that of the last mapped interaction, also of an earlier journey; before the first ever, the project's default.

    Args:
        touchpoints: Touchpoints.
        stages: Their stages; a stage of the model may have a limit of its own, set or learned.
        lapse_after: The default limit.
    """
    members = np.flatnonzero(touchpoints.is_interaction)
    at = touchpoints.at[members]
    own = [stage.limit(lapse_after) for stage in stages.model.stages]
    limits = np.array([limit // timedelta(microseconds=1) for limit in (*own, lapse_after)])
    lapses_at = at + limits[stages.current[members]]
    starts = changes(touchpoints.customer_key[members])
    starts[1:] |= at[1:] > lapses_at[:-1]
    return Journeys(members, Segments.starting(starts), lapses_at)
