"""Everything that follows from the events of some customers: the unit of work, on a laptop and on a cluster."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from journey_analytics.config import Settings
from journey_analytics.contracts import (
    CONVERSIONS,
    JOURNEYS,
    SESSIONS,
    STAGE_VISITS,
    TOUCHPOINTS,
    TRANSITIONS,
    Table,
)
from journey_analytics.stage_model import StageModel
from journey_analytics.transform.journeys import add_journeys, stage_visits, summarize_journeys
from journey_analytics.transform.sessions import add_sessions, summarize_sessions
from journey_analytics.transform.stages import add_stages, conversions
from journey_analytics.transform.touchpoints import make_touchpoints
from journey_analytics.transform.transitions import transitions

TABLES = (TOUCHPOINTS, SESSIONS, STAGE_VISITS, JOURNEYS, TRANSITIONS, CONVERSIONS)


@dataclass(frozen=True)
class BucketTables:
    """The rows of some customers for each of ``TABLES``."""

    frames: dict[str, pl.DataFrame]

    def of(self, table: Table) -> pl.DataFrame:
        """The rows for a table."""
        return self.frames[table.name]


def transform_bucket(events: pl.DataFrame, models: Sequence[StageModel], settings: Settings) -> BucketTables:
    """Compute the journey tables of some customers.

    A pure function of these customers' events: how customers are put into buckets changes nothing.

    Args:
        events: All events of these customers up to the watermark: ``customer_key``, the columns of ``staging.events``
            and one column per property that rules look at.
        models: Stage models; the first is the main one, which touchpoints and sessions show.
        settings: Timeouts and limits.
    """
    touchpoints = add_sessions(
        make_touchpoints(events, email_opens_count=settings.events.email_opens_are_interactions),
        settings.sessions.timeout,
        settings.sessions.max_duration,
    )
    main = add_stages(touchpoints, models[0])
    frames = {
        TOUCHPOINTS.name: main.select(TOUCHPOINTS.column_names),
        SESSIONS.name: summarize_sessions(main),
    }
    by_model = [
        _by_model(main if model is models[0] else add_stages(touchpoints, model), model, settings) for model in models
    ]
    for table in (STAGE_VISITS, JOURNEYS, TRANSITIONS, CONVERSIONS):
        frames[table.name] = pl.concat([tables[table.name] for tables in by_model])
    return BucketTables({table.name: table.conform(frames[table.name]) for table in TABLES})


def _by_model(staged: pl.DataFrame, model: StageModel, settings: Settings) -> dict[str, pl.DataFrame]:
    interactions = add_journeys(staged, model, settings.journeys.lapse_after)
    visits = stage_visits(interactions)
    frames = {
        STAGE_VISITS.name: visits,
        JOURNEYS.name: summarize_journeys(interactions, visits, model),
        TRANSITIONS.name: transitions(visits),
        CONVERSIONS.name: conversions(staged, model),
    }
    return {name: frame.with_columns(stage_model=pl.lit(model.name)) for name, frame in frames.items()}
