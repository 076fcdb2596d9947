"""Transitions: every step into a stage, from the start of the journey or from the stage before."""

import numpy as np
import polars as pl

from journey_analytics.transform.journeys import Journeys
from journey_analytics.transform.stage_visits import Visits
from journey_analytics.transform.stages import Stages
from journey_analytics.transform.table_columns import times, where_known
from journey_analytics.transform.touchpoints import Touchpoints
from journey_analytics.vocabulary import START


def transitions(touchpoints: Touchpoints, stages: Stages, journeys: Journeys, visits: Visits) -> pl.DataFrame:
    """One row per stage visit: the step that began it.

    The steps out of the last visits, to an outcome, depend on the watermark and are derived in marts.

    Returns:
        The columns of ``journeys.transitions`` but the model's name. ``elapsed_microseconds`` counts from the entry
        into the stage before; it is null from the start.
    """
    entered_at, start = touchpoints.at[visits.first], stages.none
    from_stage = np.where(visits.starts_journey, start, visits.previous_stage)
    return pl.DataFrame(
        {
            "visit_key": touchpoints.event_key[visits.first],
            "journey_key": touchpoints.event_key[journeys.first[visits.journey]],
            "customer_key": touchpoints.customer_key[visits.first],
            "transition_index": visits.index,
            "from_stage": pl.Series([*stages.model.stage_names, START], dtype=pl.String).gather(from_stage),
            "to_stage": stages.names(visits.stage),
            "occurred_at": times(entered_at),
            "elapsed_microseconds": where_known(entered_at - np.roll(entered_at, 1), ~visits.starts_journey),
        }
    )
