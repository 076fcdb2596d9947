"""Ingest under Prefect: one task per source, retried where the outside world is touched."""

from pathlib import Path
from typing import Any

# Imported for what it does, and before Prefect.
import environment  # noqa: F401 # pyright: ignore[reportUnusedImport]

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from journey_analytics.config import Project
from journey_analytics.errors import JourneyError, Unavailable

# Modules, not functions: Prefect keeps the globals of a flow alive to the end of the process, and DuckDB's bindings
# print pages of warnings when functions that name their types are still alive then.
from journey_analytics.steps import ingest as ingesting
from journey_analytics.steps import night, runs

_RETRIES = 2
_RETRY_SECONDS = 10


def log_step(step: runs.StepReport) -> None:
    """One line per step in the log of the flow run."""
    logger = get_run_logger()
    rows = "" if step.rows_count is None else f"{step.rows_count:,} rows, "
    name = step.step.replace(":", " ")  # the console takes :email: for a picture
    logger.info("%s: %s%s in %.1f s", name, rows, step.detail, step.seconds)
    for warning in step.warnings:
        logger.warning("%s", warning)


def worth_a_retry(_task: object, _run: object, state: State[Any]) -> bool:
    """Only what may work later: a locked database, a full disk, a share that is away. A bad file stays bad."""
    failure = state.result(raise_on_failure=False)
    if isinstance(failure, JourneyError):
        return failure.exit_code == Unavailable.exit_code
    return isinstance(failure, OSError)


@task(
    task_run_name="ingest-{name}",
    retries=_RETRIES,
    retry_delay_seconds=_RETRY_SECONDS,
    retry_condition_fn=worth_a_retry,
    cache_policy=NO_CACHE,
)
def ingest_source(folder: str, run: runs.Run, name: str) -> ingesting.Ingested:
    """Load the new files of one source."""
    return night.ingest_step(Project(Path(folder)), run, name, log_step)


@flow(name="ingest", log_prints=False)
def ingest(folder: str = ".") -> None:
    """Load the new files of every source, and nothing more."""
    project, run = Project(Path(folder)), runs.new_run()
    with runs.only_run(project):
        night.raise_failures([ingest_source(folder, run, name) for name in night.source_names(project)])
