"""Journeys as rows: what they passed through, and when."""

import numpy as np
import polars as pl

from journey_analytics.arrays.segments import Array, Flags, Segments, changes
from journey_analytics.transform.journeys import Journeys
from journey_analytics.transform.sessions import Sessions
from journey_analytics.transform.stage_visits import Visits
from journey_analytics.transform.stages import Stages
from journey_analytics.transform.table_columns import lists, times
from journey_analytics.transform.total_order import Times
from journey_analytics.transform.touchpoints import Touchpoints


def summarize_journeys(
    touchpoints: Touchpoints, sessions: Sessions, stages: Stages, journeys: Journeys, visits: Visits
) -> pl.DataFrame:
    """One row per journey.

    Returns:
        The columns of ``journeys.journeys`` but the model's name. Facts only: what became of a journey depends on the
        watermark and is derived where it is asked for.
    """
    first, last = journeys.first, journeys.last
    customer = touchpoints.customer_key[first]
    reached_at, is_reached = goals_reached(touchpoints, stages, journeys, visits)
    return pl.DataFrame(
        {
            "journey_key": touchpoints.event_key[first],
            "customer_key": customer,
            "journey_index": Segments.starting(changes(customer)).numbers(),
            "started_at": times(touchpoints.at[first]),
            "last_interaction_at": times(touchpoints.at[last]),
            "lapses_at": times(journeys.lapses_at[journeys.cut.last]),
            "goal_reached_at": times(reached_at, is_reached),
            "first_channel": touchpoints.values("entry_channel", first),
            "stages": lists(stages.names(visits.stage), np.bincount(visits.journey, minlength=len(first))),
            "touchpoints_count": journeys.cut.lengths.astype(np.int32),
            "sessions_count": _sessions_counts(touchpoints, sessions, journeys),
        }
    )


def goals_reached(touchpoints: Touchpoints, stages: Stages, journeys: Journeys, visits: Visits) -> tuple[Times, Flags]:
    """When each journey reached a goal, and whether it did."""
    is_goal = np.array([*(stage.is_goal for stage in stages.model.stages), False])
    goals = np.flatnonzero(is_goal[visits.stage])
    goals = goals[changes(visits.journey[goals])]
    reached_at, is_reached = np.zeros(len(journeys.cut), dtype=np.int64), np.zeros(len(journeys.cut), dtype=np.bool_)
    reached_at[visits.journey[goals]] = touchpoints.at[visits.first[goals]]
    is_reached[visits.journey[goals]] = True
    return reached_at, is_reached


def _sessions_counts(touchpoints: Touchpoints, sessions: Sessions, journeys: Journeys) -> Array:
    """How many sessions have an interaction in each journey; one that two journeys share counts in both."""
    journey = journeys.number[touchpoints.in_session[journeys.members]]
    if sessions.place is not None:
        journey = journey[sessions.place]
    session = sessions.cut.spread(np.arange(len(sessions.cut)))
    return np.bincount(journey[changes(journey, session)], minlength=len(journeys.cut)).astype(np.int32)
