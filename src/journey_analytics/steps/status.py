"""Status: how the data are and how the last runs went, from the published file and, if no run holds it, the ledger."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from journey_analytics.config import Project
from journey_analytics.contracts import RUNS
from journey_analytics.errors import JourneyError
from journey_analytics.reports.run_history import run_history
from journey_analytics.steps.configured_sources import configured_sources
from journey_analytics.steps.runs import is_running
from journey_analytics.warehouse.connection import opened

_SOURCES = """
select status.*, accounts.* exclude (source, is_configured),
    day.ends_on as last_day_on, day.events_count as last_day_events_count, day.expected_low as last_day_low,
    day.expected_high as last_day_high, coalesce(day.verdict, 'too_little_history') as last_day_verdict,
    week.events_count as last_week_events_count, week.expected_low as last_week_low,
    week.expected_high as last_week_high, coalesce(week.verdict, 'too_little_history') as last_week_verdict
from ops.source_status as status
inner join ops.row_accounts as accounts using (source)
left join ops.source_volumes as day on status.source = day.source and day.is_latest and day.period = 'day'
left join ops.source_volumes as week on status.source = week.source and week.is_latest and week.period = 'week'
order by status.watermark_at nulls first, status.source
"""
_CHECKS = """
select check_name, severity, failing_count
from ops.check_results inner join ops.settings using (run_id)
order by failing_count > 0 desc, severity, check_name
"""
_FITS = "from ops.stage_fits order by stage_model"
_LIMITS = "from ops.lapse_thresholds order by stage_model, stage_index"
_STEPS = "select run_id, step, as_of, started_at, seconds, status, rows_count, detail from ops.runs"
RunStatus = Literal["published", "replayed", "failed", "running", "stopped"]


@dataclass(frozen=True)
class RunState:
    """A run as the ledger knows it.

    Attributes:
        run_id: The run.
        started_at: When it started.
        as_of: Up to when it was asked to look.
        seconds: Duration of its steps.
        rows_count: Rows that it read.
        failed_step: The step that failed.
        why: First line of why it failed.
        last_step: The last step noted.
        status: ``published``; ``replayed`` (only rejected rows were read again); ``failed``; ``running``; ``stopped``
            (it ended without a word, or was only to ingest).
    """

    run_id: str
    started_at: datetime
    as_of: datetime
    seconds: float
    rows_count: int
    failed_step: str | None
    why: str | None
    last_step: str
    status: RunStatus

    @property
    def step(self) -> str:
        """The step that failed, else the last one noted."""
        return self.failed_step or self.last_step


@dataclass(frozen=True)
class Status:
    """State of a project.

    Attributes:
        status: ``published`` (the newest run that ended is in the published file), ``outdated`` (a later one failed or
            stopped), ``unpublished`` (no run has published yet) or ``never_run``.
        is_running: Whether a run is going on.
        now: When this was asked.
        settings: The row of ``ops.settings``; None where nothing is published.
        published_at: Start of the run whose tables are published.
        deciding: Sources whose newest event is the overall watermark.
        sources: A row per source: ``ops.source_status``, ``ops.row_accounts`` and its last complete day and week.
        checks: ``check_name``, ``severity``, ``failing_count`` of the published run.
        stage_fits: ``ops.stage_fits`` of the published run.
        limits: Limits of silence: a row of ``ops.lapse_thresholds`` per stage.
        runs: The last runs, newest first.
        waiting: Files on disk per source, where nothing was ever run.
    """

    status: Literal["published", "outdated", "unpublished", "never_run"]
    is_running: bool
    now: datetime
    settings: dict[str, Any] | None = None
    published_at: datetime | None = None
    deciding: list[str] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    stage_fits: list[dict[str, Any]] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)
    runs: list[RunState] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 when the published tables are those of the newest run, 1 when a run failed since, 2 when there are none."""
        return {"published": 0, "outdated": 1, "unpublished": 1, "never_run": 2}[self.status]

    @property
    def failure(self) -> RunState | None:
        """The run because of which the newest tables are not published."""
        ended = next((run for run in self.runs if run.status not in ("running", "replayed")), None)
        return ended if ended and ended.status != "published" else None


def status(project: Project, last: int) -> Status:
    """Look at what is published and at the ledger, without changing or locking anything.

    Args:
        project: The project.
        last: How many runs to tell of.

    Raises:
        ConfigurationError: journey.toml says something that cannot be.
        DatabaseBroken: A file is damaged, or of a version before this one.
    """
    going_on, now = is_running(project), datetime.now(UTC)
    published = project.published_database if project.published_database.exists() else None
    steps = _steps(project, published, going_on=going_on)
    if published is None:
        waiting = {source.name: len(source.listed().stamps) for source in configured_sources(project)}
        if steps.is_empty():
            return Status("never_run", going_on, now, waiting=waiting)
        runs = _runs(steps, None, last, going_on=going_on)
        return Status("unpublished", going_on, now, runs=runs, waiting=waiting)
    with opened(published, read_only=True) as connection:
        asked = ("from ops.settings", _SOURCES, _CHECKS, _FITS, _LIMITS)
        settings, sources, checks, fits, limits = (connection.sql(sql).pl() for sql in asked)
    row = settings.row(0, named=True)
    made = steps.filter(pl.col("run_id") == row["run_id"])["started_at"].min()
    found = Status(
        "published",
        going_on,
        now,
        settings=row,
        published_at=made if isinstance(made, datetime) else None,
        deciding=_deciding(sources, row["watermark_at"]),
        sources=sources.rows(named=True),
        checks=checks.rows(named=True),
        stage_fits=fits.rows(named=True),
        limits=limits.rows(named=True),
        runs=_runs(steps, row["run_id"], last, going_on=going_on),
    )
    return replace(found, status="outdated") if found.failure else found


def _steps(project: Project, published: Path | None, *, going_on: bool) -> pl.DataFrame:
    """Steps of all runs, from the ledger where it can be read; the published file knows those up to its own build."""
    if not going_on and project.state_database.exists():
        try:
            with opened(project.state_database, read_only=True) as connection:
                return connection.sql(_STEPS).pl()
        except JourneyError:
            if published is None:
                raise
    if published is None:
        return RUNS.empty()
    with opened(published, read_only=True) as connection:
        return connection.sql(_STEPS).pl()


def _runs(steps: pl.DataFrame, published_run: str | None, last: int, *, going_on: bool) -> list[RunState]:
    runs = [RunState(**row) for row in run_history(steps, published_run).head(last).iter_rows(named=True)]
    if going_on and runs and runs[0].status == "stopped":
        runs[0] = replace(runs[0], status="running")
    return runs


def _deciding(sources: pl.DataFrame, watermark_at: datetime | None) -> list[str]:
    """Sources at whose newest event outcomes are judged; those without any where that is why nothing is judged."""
    candidates = sources.filter("is_required") if sources["is_required"].any() else sources
    if watermark_at is None:
        return candidates.filter(pl.col("watermark_at").is_null())["source"].to_list()
    return candidates.filter(pl.col("watermark_at") == watermark_at)["source"].to_list()
