"""The events that the last build looked at, asked again by the rules as they stand now; nothing is written."""

from collections.abc import Iterator, Sequence
from math import ceil

import polars as pl

from journey_analytics.config import Project
from journey_analytics.errors import UsageError
from journey_analytics.stage_model import StageModel
from journey_analytics.steps.asked_columns import asked_columns
from journey_analytics.steps.configured_sources import configured_sources
from journey_analytics.transform.asked_texts import asked_texts
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.sessions import find_sessions
from journey_analytics.transform.total_order import customer_parts
from journey_analytics.transform.touchpoints import read_events, touchpoints_of
from journey_analytics.warehouse import journey_tables
from journey_analytics.warehouse.builds import choose_customers, last_build
from journey_analytics.warehouse.connection import Connection
from journey_analytics.warehouse.journey_tables import Scope
from journey_analytics.warehouse.memory import events_at_a_time

_ROWS_PER_PART = 650_000


def analysed_facts(
    connection: Connection, project: Project, models: Sequence[StageModel], most_customers: int | None = None
) -> Iterator[Facts]:
    """What is known of customers at each of their touchpoints, some customers at a time.

    Args:
        connection: To the state database; may be read only.
        project: The project.
        models: Models that will be asked.
        most_customers: How many customers at most: a sample that is the same each time. All by default.

    Raises:
        UsageError: There was no build yet.
    """
    build = last_build(connection)
    if build is None:
        raise UsageError("there was no run yet, so there are no events to look at.", hint="Start one: journey run")
    settings = project.settings
    asked = asked_columns(settings, models)
    choose_customers(connection, most_customers)
    sources = [source.name for source in configured_sources(project)]
    scope = Scope(sources, build.as_of, build.watermark_at)
    count = journey_tables.recomputed_events_count(connection, scope)
    buckets = max(1, ceil(count / events_at_a_time(count)))
    texts = asked_texts(condition for model in models for condition in model.conditions())
    for bucket in range(buckets):
        events: pl.DataFrame = journey_tables.bucket_events(connection, scope, bucket, buckets, asked)
        read = read_events(events, texts, email_opens_count=settings.events.email_opens_are_interactions)
        for rows in customer_parts(read.customer_key, _ROWS_PER_PART):
            touchpoints = touchpoints_of(read, rows)
            cutting = settings.sessions
            sessions = find_sessions(touchpoints, cutting.timeout, cutting.max_duration, cutting.session_scope)
            yield Facts(touchpoints, sessions)
