"""Build: the journey tables of the pipeline's own database, and tonight's file from those."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from journey_analytics.config import Project
from journey_analytics.contracts import ANNOTATIONS, SETTINGS, STAGE_FITS
from journey_analytics.marts import discover
from journey_analytics.stage_model import StageModel, load_stage_model, with_learned_limits
from journey_analytics.steps import fingerprints
from journey_analytics.steps.annotations import annotation_rows
from journey_analytics.steps.configured_sources import configured_sources
from journey_analytics.steps.learned_limits import learned_version, unlearned_warnings
from journey_analytics.steps.recompute import Inputs, recompute
from journey_analytics.steps.rule_findings import model_warnings
from journey_analytics.steps.runs import Run
from journey_analytics.steps.stage_fits import fit_rows, fit_warnings, judged_fits
from journey_analytics.transform.stage_codes import MOST_CODES, codes_count
from journey_analytics.version import __version__
from journey_analytics.warehouse.builds import Build
from journey_analytics.warehouse.candidates import build_candidate, published_run
from journey_analytics.warehouse.connection import Connection, replace_all, transaction
from journey_analytics.warehouse.customer_keys import load_customer_key
from journey_analytics.warehouse.identity_changes import IdentityChanges
from journey_analytics.warehouse.identity_tables import has_customers
from journey_analytics.warehouse.journey_tables import journey_counts
from journey_analytics.warehouse.memory import for_building, spilling
from journey_analytics.warehouse.state_tables import create_state_tables

_MICROSECOND = timedelta(microseconds=1)
LATE_AFTER = timedelta(days=7)
"""A source that ends longer before the watermark than this is worth a warning."""


@dataclass(frozen=True)
class Built:
    """What a build made.

    Attributes:
        customers_count: Customers with a touchpoint.
        sessions_count: Sessions.
        touchpoints_count: Touchpoints.
        recomputed_count: Customers that were recomputed, because something touched them.
        changes: How many customers merged into others or were split since the last build.
        watermark_at: None when there is nothing to look at.
        warnings: What a person should know.
    """

    customers_count: int
    sessions_count: int
    touchpoints_count: int
    recomputed_count: int
    changes: IdentityChanges
    watermark_at: datetime | None
    warnings: tuple[str, ...] = ()


def stage_models(project: Project) -> list[StageModel]:
    """The stage models of a project, with the limits of silence that were learned; the first is the main one.

    Raises:
        ConfigurationError: There is no such model, it or the file of learned limits says something that cannot be, two
            have the same name, or they are too many.
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
        if codes_count(models) > MOST_CODES:
            raise project.file.error(
                ("stages", "models", index),
                f"with '{name}' the stage models have more rules and stages than one project can tell apart.",
                "Take it out, or give it a project of its own.",
            )
    return with_learned_limits(models, learned_version(project), project.settings.sessions.timeout)


def build(project: Project, run: Run, events_per_bucket: int | None = None, *, whole: bool = False) -> Built:
    """Bring the journey tables up to date in one transaction, then make the candidate for publishing.

    Args:
        project: The project.
        run: The run; what happened after its ``as_of`` is not looked at.
        events_per_bucket: How many events are transformed at a time; by default as many as memory allows. It changes
            nothing else.
        whole: Recompute every customer and make the file anew, whatever changed.

    Raises:
        ConfigurationError: A stage model or a stored stage fit says something that cannot be.
        Unavailable: Another process has the database open.
    """
    settings, models = project.settings, stage_models(project)
    fits = judged_fits(project, models)
    sources = configured_sources(project)
    tables_fingerprint = fingerprints.of_tables(settings, models)
    shown = None if whole else published_run(project.published_database, tables_fingerprint)
    with spilling(project.state_database, for_building()) as connection, transaction(connection):
        create_state_tables(connection)
        is_in_use = project.published_database.exists() or has_customers(connection)
        inputs = Inputs(
            settings,
            models,
            sources=[source.name for source in sources],
            required=[source.name for source in sources if source.is_required],
            key=load_customer_key(project.customer_key, is_in_use=is_in_use),
        )
        done = recompute(connection, inputs, run, whole=whole, published_run=shown, events_per_bucket=events_per_bucket)
        _save_settings(connection, project, models[0], done.build, tables_fingerprint)
        replace_all(connection, STAGE_FITS, fit_rows(fits))
        counts = journey_counts(connection)
    build_candidate(project.state_database, project.candidate_database, project.published_database, shown, discover())
    return Built(
        **counts,
        recomputed_count=done.build.customers_count,
        changes=done.changes,
        watermark_at=done.build.watermark_at,
        warnings=(
            *_without_events(done.status),
            *_behind(done.status, done.build.watermark_at),
            *model_warnings(models),
            *fit_warnings(fits),
            *unlearned_warnings(project, models),
        ),
    )


def _without_events(status: pl.DataFrame) -> tuple[str, ...]:
    """Required sources for which everything waits."""
    waiting = status.filter(pl.col("is_required") & pl.col("watermark_at").is_null())
    return tuple(
        f"{name}: it is required and has no event yet, so there are no journeys. Bring its files, or take required = "
        "true out of its [[sources]] block."
        for name in waiting["source"]
    )


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


def _save_settings(
    connection: Connection, project: Project, main: StageModel, build: Build, tables_fingerprint: str
) -> None:
    settings, learned = project.settings, learned_version(project)
    row = {
        "run_id": build.run_id,
        "tables_fingerprint": tables_fingerprint,
        "project": settings.project.name,
        "version": __version__,
        "time_zone": settings.project.time_zone,
        "as_of": build.as_of,
        "watermark_at": build.watermark_at,
        "main_stage_model": main.name,
        "lapse_after_microseconds": settings.journeys.default_limit // _MICROSECOND,
        "session_timeout_microseconds": settings.sessions.timeout // _MICROSECOND,
        "return_horizon_microseconds": settings.journeys.return_horizon // _MICROSECOND,
        "most_returning": settings.journeys.most_returning,
        "lapse_version": learned and learned.version,
        "lapse_learned_until": learned and learned.learned_until,
        "max_unmapped_rate": settings.checks.max_unmapped_rate,
        "max_rejected_rate": settings.checks.max_rejected_rate,
    }
    replace_all(connection, SETTINGS, pl.DataFrame([row], schema=SETTINGS.schema))
    replace_all(connection, ANNOTATIONS, annotation_rows(settings))
