"""Build: who is who, sessions, stages and journeys from all that staging holds, and tonight's file from those."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import polars as pl

from journey_analytics.config import Project
from journey_analytics.contracts import SETTINGS
from journey_analytics.marts import discover
from journey_analytics.stage_model import StageModel, load_stage_model
from journey_analytics.steps.configured_sources import configured_sources
from journey_analytics.steps.runs import Run
from journey_analytics.transform.bucket import BucketTables, transform_bucket
from journey_analytics.transform.identities import resolve_identities
from journey_analytics.transform.stages import property_paths
from journey_analytics.version import __version__
from journey_analytics.warehouse import customers, journey_tables
from journey_analytics.warehouse.connection import (
    Connection,
    create_state_tables,
    opened,
    replace_all,
    transaction,
)
from journey_analytics.warehouse.publish import build_candidate

LATE_AFTER = timedelta(days=7)
"""A source that ends longer before the watermark than this is worth a warning."""

EVENTS_PER_BUCKET = 4_000_000
"""About as many events as fit into 2 GB together with all that is computed from them."""


@dataclass(frozen=True)
class Built:
    """What a build made; ``watermark_at`` is None when there is nothing to look at."""

    customers_count: int
    sessions_count: int
    touchpoints_count: int
    watermark_at: datetime | None
    warnings: tuple[str, ...] = ()


def stage_models(project: Project) -> list[StageModel]:
    """The stage models of a project; the first is the main one.

    Raises:
        ConfigurationError: There is no such model, it says something that cannot be, or two have the same name.
    """
    models: list[StageModel] = []
    for index, name in enumerate(project.settings.stages.models):
        model = load_stage_model(name, project.folder)
        if model.name in [other.name for other in models]:
            raise project.file.error(
                ("stages", "models", index),
                f"the stage model '{name}' has the name '{model.name}', as one before it has.",
                f"Change the line name = of {name}; tables tell models apart by it.",
            )
        models.append(model)
    return models


def build(project: Project, run: Run, events_per_bucket: int = EVENTS_PER_BUCKET) -> Built:
    """Recompute the journey layer in one transaction, then make the candidate for publishing.

    Args:
        project: The project.
        run: The run; what happened after its ``as_of`` is not looked at.
        events_per_bucket: How many events are transformed at a time; changes nothing but the memory needed.

    Raises:
        ConfigurationError: A stage model says something that cannot be.
        Unavailable: Another process has the database open.
    """
    settings, models = project.settings, stage_models(project)
    sources = configured_sources(project)
    names, required = (
        [source.name for source in sources],
        [source.name for source in sources if source.is_required],
    )
    with opened(project.state_database) as connection, transaction(connection):
        create_state_tables(connection)
        is_in_use = project.published_database.exists() or customers.has_ids(connection)
        key = customers.load_customer_key(project.customer_key, is_in_use=is_in_use)
        sets = customers.identifier_sets(connection, names, run.as_of)
        identities = resolve_identities(sets, settings.identity.blocked_values, settings.identity.max_values)
        customers.save_identities(connection, identities, key)
        customers.assign_events(connection)
        status = journey_tables.source_status(connection, names, required, run.as_of)
        until = journey_tables.watermark(status)
        journey_tables.save_source_status(connection, status, run.as_of, until)
        journey_tables.save_stages(connection, models)
        _save_settings(connection, project, models[0], run, until)
        events = journey_tables.analysed_events(connection, names, run.as_of, until)
        buckets = max(1, ceil(events / events_per_bucket))
        journey_tables.replace_journeys(connection, _transformed(connection, project, models, buckets))
        counts = journey_tables.journey_counts(connection)
    build_candidate(project.state_database, project.candidate_database, discover())
    return Built(**counts, watermark_at=until, warnings=_behind(status, until))


def _behind(status: pl.DataFrame, until: datetime | None) -> tuple[str, ...]:
    """Sources whose data end long before the watermark: their silence would pass for that of their customers."""
    if until is None:
        return ()
    late = status.filter(pl.col("watermark_at") < until - LATE_AFTER)
    return tuple(
        f"{row['source']}: its data end on {row['watermark_at']:%Y-%m-%d}, {(until - row['watermark_at']).days} days "
        "before those of others; customers known only there seem to have left since. Fetch its newer files, or set "
        "required = true, so that all outcomes are judged where its data end."
        for row in late.iter_rows(named=True)
    )


def _transformed(
    connection: Connection, project: Project, models: list[StageModel], buckets: int
) -> Iterator[BucketTables]:
    paths = property_paths(models)
    for bucket in range(buckets):
        events = journey_tables.bucket_events(connection, bucket, buckets, paths)
        yield transform_bucket(events, models, project.settings)


def _save_settings(
    connection: Connection,
    project: Project,
    main: StageModel,
    run: Run,
    until: datetime | None,
) -> None:
    settings = project.settings
    row = {
        "run_id": run.run_id,
        "project": settings.project.name,
        "version": __version__,
        "time_zone": settings.project.time_zone,
        "as_of": run.as_of,
        "watermark_at": until,
        "main_stage_model": main.name,
        "lapse_after_microseconds": int(settings.journeys.lapse_after.total_seconds() * 1_000_000),
        "session_timeout_microseconds": int(settings.sessions.timeout.total_seconds() * 1_000_000),
        "max_unmapped_rate": settings.checks.max_unmapped_rate,
        "max_rejected_rate": settings.checks.max_rejected_rate,
    }
    replace_all(connection, SETTINGS, pl.DataFrame([row], schema=SETTINGS.schema))
