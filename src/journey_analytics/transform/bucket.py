"""Everything that follows from the events of some customers: the unit of work, on a laptop and on a cluster."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from journey_analytics.arrays.segments import Rows
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
from journey_analytics.transform.asked_texts import asked_texts
from journey_analytics.transform.contact_sources import Sources, contact_sources, said_sources
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.journey_summaries import summarize_journeys
from journey_analytics.transform.journeys import find_journeys
from journey_analytics.transform.purchase_phases import purchase_phases
from journey_analytics.transform.session_summaries import summarize_sessions
from journey_analytics.transform.sessions import Sessions, find_sessions, session_keys
from journey_analytics.transform.stage_codes import stage_codes
from journey_analytics.transform.stage_visits import find_visits, stage_visits
from journey_analytics.transform.stages import Stages, conversions, find_stages, stage_columns
from journey_analytics.transform.total_order import customer_parts
from journey_analytics.transform.touchpoints import Touchpoints, read_events, touchpoints_of
from journey_analytics.transform.transitions import transitions

TABLES = (TOUCHPOINTS, SESSIONS, STAGE_VISITS, JOURNEYS, TRANSITIONS, CONVERSIONS)

ROWS_PER_PART = 650_000
"""No part has many more; few enough that arrays stay near the processor, enough that splitting costs little."""


@dataclass(frozen=True)
class BucketTables:
    """The rows of some customers for each of ``TABLES``."""

    frames: dict[str, pl.DataFrame]

    def of(self, table: Table) -> pl.DataFrame:
        """The rows for a table."""
        return self.frames[table.name]


def transform_bucket(
    events: pl.DataFrame, models: Sequence[StageModel], settings: Settings, rows_per_part: int = ROWS_PER_PART
) -> BucketTables:
    """Compute the journey tables of some customers.

    A pure function of these customers' events: how customers are put into buckets and parts changes nothing.

    Args:
        events: All events of these customers up to the watermark: ``customer_key``, the columns of ``staging.events``
            and those that rules look at (``rule_columns``). Texts may be enumerations or categories. ``device_key``, a
            number and 0 for none, where sessions never span devices.
        models: Stage models; the first is the main one, which touchpoints and sessions show.
        settings: Timeouts and limits.
        rows_per_part: How many events a thread works on at a time, at most, if keys are spread evenly.
    """
    texts = asked_texts(condition for model in models for condition in model.conditions())
    read = read_events(events, texts, email_opens_count=settings.events.email_opens_are_interactions)

    sources = said_sources(events)

    def transformed(rows: Rows) -> dict[str, pl.DataFrame]:
        return _transformed(touchpoints_of(read, rows), sources, models, settings)

    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
        parts = list(threads.map(transformed, customer_parts(read.customer_key, rows_per_part)))
    return BucketTables({table.name: table.conform(pl.concat(part[table.name] for part in parts)) for table in TABLES})


def _transformed(
    touchpoints: Touchpoints, sources: Sources, models: Sequence[StageModel], settings: Settings
) -> dict[str, pl.DataFrame]:
    cutting = settings.sessions
    sessions = find_sessions(touchpoints, cutting.timeout, cutting.max_duration, cutting.session_scope)
    facts = Facts(touchpoints, sessions)
    by_model = [find_stages(facts, model) for model in models]
    frames = [_of_model(facts, stages, settings.journeys.default_limit) for stages in by_model]
    return {
        TOUCHPOINTS.name: _touchpoint_rows(touchpoints, sessions, by_model, sources),
        SESSIONS.name: summarize_sessions(touchpoints, sessions, by_model[0]),
    } | {name: pl.concat(frame[name] for frame in frames) for name in frames[0]}


def _touchpoint_rows(
    touchpoints: Touchpoints, sessions: Sessions, by_model: Sequence[Stages], sources: Sources
) -> pl.DataFrame:
    """One row per touchpoint; stages are those of the main model, with a number for those of all models."""
    return pl.DataFrame(
        {
            "event_key": touchpoints.event_key,
            "customer_key": touchpoints.customer_key,
            "touchpoint_index": touchpoints.customers.numbers(),
            "session_key": session_keys(touchpoints, sessions),
            "is_interaction": touchpoints.is_interaction,
            **stage_columns(touchpoints, by_model[0]).to_dict(),
            "stages_code": stage_codes(touchpoints, by_model),
            "purchase_phase": purchase_phases(touchpoints, sessions),
            **contact_sources(touchpoints, sessions, sources).to_dict(),
        }
    )


def _of_model(facts: Facts, stages: Stages, lapse_after: timedelta) -> dict[str, pl.DataFrame]:
    """The tables that differ between models."""
    touchpoints, sessions = facts.touchpoints, facts.sessions
    journeys = find_journeys(touchpoints, stages, lapse_after)
    visits = find_visits(journeys, stages)
    frames = {
        STAGE_VISITS.name: stage_visits(touchpoints, stages, journeys, visits),
        JOURNEYS.name: summarize_journeys(touchpoints, sessions, stages, journeys, visits),
        TRANSITIONS.name: transitions(touchpoints, stages, journeys, visits),
        CONVERSIONS.name: conversions(facts, stages.model),
    }
    return {name: frame.with_columns(stage_model=pl.lit(stages.model.name)) for name, frame in frames.items()}
