"""Stage visits: the unbroken stays in stages within a journey."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from journey_analytics.arrays.segments import Array, Flags, Rows, Segments, changes
from journey_analytics.transform.journeys import Journeys
from journey_analytics.transform.stages import Codes, Stages
from journey_analytics.transform.table_columns import times, where_known
from journey_analytics.transform.touchpoints import Touchpoints


@dataclass(frozen=True)
class Visits:
    """Stage visits, in the order of customers and time.

    Attributes:
        journey: Number of the journey of each, from 0, ascending.
        stage: Its stage.
        first: Its first touchpoint.
        last: Its last touchpoint.
        touchpoints_count: Interactions mapped to the stage.
    """

    journey: Rows
    stage: Codes
    first: Rows
    last: Rows
    touchpoints_count: Rows

    def __len__(self) -> int:
        return len(self.stage)

    @cached_property
    def starts_journey(self) -> Flags:
        """Whether it is the first of its journey."""
        return changes(self.journey)

    @cached_property
    def ends_journey(self) -> Flags:
        """Whether it is the last of its journey."""
        return np.append(self.starts_journey[1:], np.ones(min(1, len(self)), dtype=np.bool_))

    @cached_property
    def index(self) -> Array:
        """Its place in the journey, from 1."""
        return Segments.starting(self.starts_journey).numbers()

    @cached_property
    def previous_stage(self) -> Codes:
        """Stage of the visit before; it means nothing where a journey starts."""
        return np.roll(self.stage, 1)


def find_visits(journeys: Journeys, stages: Stages) -> Visits:
    """Find stage visits; interactions without a stage neither break nor start one."""
    is_mapped = stages.is_mapped[journeys.members]
    members, journey = journeys.members[is_mapped], journeys.number[is_mapped]
    stage = stages.mapped[members]
    cut = Segments.starting(changes(stage, journey))
    return Visits(journey[cut.first], stage[cut.first], members[cut.first], members[cut.last], cut.lengths)


def stage_visits(touchpoints: Touchpoints, stages: Stages, journeys: Journeys, visits: Visits) -> pl.DataFrame:
    """One row per stage visit: the columns of ``journeys.stage_visits`` but the model's name."""
    entered_at, stage = touchpoints.at[visits.first], stages.names(visits.stage)
    follows, goes_on = ~visits.starts_journey, ~visits.ends_journey
    return pl.DataFrame(
        {
            "visit_key": touchpoints.event_key[visits.first],
            "journey_key": touchpoints.event_key[journeys.first[visits.journey]],
            "customer_key": touchpoints.customer_key[visits.first],
            "visit_index": visits.index,
            "stage": stage,
            "previous_stage": where_known(stages.names(visits.previous_stage), follows),
            "next_stage": where_known(stages.names(np.roll(visits.stage, -1)), goes_on),
            "entered_at": times(entered_at),
            "left_at": times(np.roll(entered_at, -1), goes_on),
            "last_interaction_at": times(touchpoints.at[visits.last]),
            "touchpoints_count": visits.touchpoints_count.astype(np.int32),
        }
    )
