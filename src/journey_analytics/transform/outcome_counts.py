"""What a stage model would count: journeys by what became of them, customers by how far they got, conversions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import numpy as np

from journey_analytics.arrays.segments import Rows, Segments, changes
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.journey_summaries import goals_reached
from journey_analytics.transform.journeys import find_journeys
from journey_analytics.transform.stage_visits import Visits, find_visits
from journey_analytics.transform.stages import Stages, conversions
from journey_analytics.transform.touchpoints import Touchpoints
from journey_analytics.vocabulary import Outcome


@dataclass(frozen=True)
class OutcomeCounts:
    """Numbers of some customers; those of all are their sum.

    Attributes:
        journeys: Journeys by outcome at the watermark.
        furthest: Customers by the highest stage that they ever visited, in the order of the model.
        conversions_count: Conversions.
    """

    journeys: Mapping[Outcome, int]
    furthest: Mapping[str, int]
    conversions_count: int

    def __add__(self, other: Self) -> "OutcomeCounts":
        """The numbers of both together; they must be of the same model."""
        return OutcomeCounts(
            {outcome: number + other.journeys[outcome] for outcome, number in self.journeys.items()},
            {stage: number + other.furthest[stage] for stage, number in self.furthest.items()},
            self.conversions_count + other.conversions_count,
        )

    @property
    def reached(self) -> dict[str, int]:
        """Customers who visited a stage or a later one, by stage."""
        numbers = np.cumsum(list(self.furthest.values())[::-1])[::-1]
        return dict(zip(self.furthest, numbers.tolist(), strict=True))


def count_outcomes(facts: Facts, stages: Stages, lapse_after: timedelta, watermark: datetime) -> OutcomeCounts:
    """Count what ``transform_bucket`` would write of a model, without making its tables.

    Args:
        facts: Touchpoints and sessions of some customers, up to the watermark.
        stages: Their stages by the model.
        lapse_after: The default limit of silence.
        watermark: The time at which outcomes are judged.
    """
    touchpoints, model = facts.touchpoints, stages.model
    journeys = find_journeys(touchpoints, stages, lapse_after)
    visits = find_visits(journeys, stages)
    _, is_completed = goals_reached(touchpoints, stages, journeys, visits)
    judged_at = int(watermark.timestamp()) * 1_000_000 + watermark.microsecond
    is_dropped_off = ~is_completed & (journeys.lapses_at[journeys.cut.last] < judged_at)
    completed, dropped_off = int(is_completed.sum()), int(is_dropped_off.sum())
    return OutcomeCounts(
        {
            Outcome.COMPLETED: completed,
            Outcome.DROPPED_OFF: dropped_off,
            Outcome.OPEN: len(journeys.cut) - completed - dropped_off,
        },
        dict(zip(model.stage_names, _furthest(touchpoints, stages, visits).tolist(), strict=True)),
        conversions(facts, model).height,
    )


def _furthest(touchpoints: Touchpoints, stages: Stages, visits: Visits) -> Rows:
    """How many customers got to each stage and no further."""
    first = Segments.starting(changes(touchpoints.customer_key[visits.first])).first
    highest = np.maximum.reduceat(visits.stage, first) if len(first) else visits.stage
    return np.bincount(highest, minlength=stages.none)
