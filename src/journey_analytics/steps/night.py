"""A whole night in the order of its steps; ``pipelines/nightly.py`` runs the same steps under Prefect."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from journey_analytics.config import Project
from journey_analytics.errors import ChecksFailed, ConfigurationError, SourceFailure
from journey_analytics.readable import plural
from journey_analytics.steps.build import Built, build
from journey_analytics.steps.check import check
from journey_analytics.steps.configured_sources import configured_sources
from journey_analytics.steps.ingest import Ingested, ingest
from journey_analytics.steps.progress import OnProgress, unheard
from journey_analytics.steps.publish import publish
from journey_analytics.steps.report import report, report_failed_night
from journey_analytics.steps.runs import OnStep, Run, only_run, recorded
from journey_analytics.warehouse.checks import CheckResult


@dataclass(frozen=True)
class Night:
    """What a night did."""

    run: Run
    ingested: list[Ingested]
    built: Built
    checks: list[CheckResult]
    published: Path
    site: Path | None


def run_night(
    project: Project,
    run: Run,
    on_step: OnStep,
    *,
    full: bool = False,
    with_report: bool = True,
    on_progress: OnProgress = unheard,
) -> Night:
    """Ingest every source, build, check, report, publish.

    Args:
        project: The project.
        run: The run.
        on_step: Called after each step that succeeded.
        full: Whether to recompute every customer, not only those whom something touched.
        with_report: Whether to draw the report.
        on_progress: Called while files are read.

    Raises:
        SourceFailure: Files that could not be loaded at all; everything else was loaded, nothing is published.
        ChecksFailed: Nothing is published.
        Unavailable: Another run is going on.
        ConfigurationError: journey.toml says something that cannot be.
    """
    with only_run(project):
        ingested = [ingest_step(project, run, name, on_step, on_progress) for name in source_names(project)]
        raise_failures(ingested)
        built = build_step(project, run, on_step, full=full)
        checks = check_step(project, run, on_step)
        site = report_step(project, run, on_step) if with_report else None
        published = publish_step(project, run, site, on_step)
    return Night(run, ingested, built, checks, published, site)


def source_names(project: Project) -> list[str]:
    """Names of the project's sources, in the order of journey.toml.

    Raises:
        ConfigurationError: There is none.
    """
    names = [source.name for source in configured_sources(project)]
    if not names:
        raise ConfigurationError(
            "journey.toml declares no [[sources]].", hint="See the examples that journey init writes."
        )
    return names


def ingest_step(project: Project, run: Run, name: str, on_step: OnStep, on_progress: OnProgress = unheard) -> Ingested:
    """Load the new files of a source."""
    source = next(source for source in configured_sources(project) if source.name == name)
    with recorded(project, run, f"ingest:{name}") as step:
        result = ingest(project, source, run.run_id, on_progress)
        step.rows_count, step.detail, step.warnings = result.rows_count, result.summary, result.warnings
        step.failure = next((failure.message.partition("\n")[0] for failure in result.failures), "")
    on_step(step)
    return result


def raise_failures(ingested: list[Ingested]) -> None:
    """Stop the night when files failed as a whole; what could be loaded has been loaded by now."""
    failures = [failure for result in ingested for failure in result.failures]
    if failures:
        told = "\n".join(failure.message for failure in failures)
        hint = next((failure.hint for failure in failures if failure.hint), "")
        raise SourceFailure(f"{told}\nNothing is published; yesterday's numbers stay.", hint=hint)


def build_step(project: Project, run: Run, on_step: OnStep, *, full: bool = False) -> Built:
    """Recompute the journeys and make tonight's file."""
    with recorded(project, run, "build") as step:
        built = build(project, run, whole=full)
        step.rows_count, step.warnings = built.touchpoints_count, list(built.warnings)
        until = f"{built.watermark_at:%Y-%m-%d %H:%M} UTC" if built.watermark_at else "never: there are no events"
        step.detail = (
            f"{plural(built.customers_count, 'customer')} ({built.recomputed_count:,} recomputed{_changes(built)}), "
            f"{plural(built.sessions_count, 'session')}, "
            f"data complete until {until}"
        )
    on_step(step)
    return built


def _changes(built: Built) -> str:
    """How identities changed since the last build, where they did."""
    merged, split = built.changes.merged_count, built.changes.split_count
    told = [f"{count:,} {word}" for count, word in ((merged, "merged"), (split, "split")) if count]
    return "".join(f", {one}" for one in told)


def check_step(project: Project, run: Run, on_step: OnStep) -> list[CheckResult]:
    """Check tonight's file; where it does not hold, only the page on data quality is shown anew."""
    with recorded(project, run, "check") as step:
        try:
            results = check(project, run.run_id)
        except ChecksFailed:
            with suppress(Exception):  # what failed is told; that it cannot be drawn either would only hide it
                report_failed_night(project.candidate_database, project.reports / "latest")
            raise
        warned = [result for result in results if result.failing_count]
        step.rows_count = len(results)
        step.detail = f"{len(results) - len(warned)} passed, {plural(len(warned), 'warning')}"
        step.warnings = [result.told for result in warned]
    on_step(step)
    return results


def report_step(project: Project, run: Run, on_step: OnStep) -> Path:
    """Draw tonight's report from tonight's file."""
    with recorded(project, run, "report") as step:
        site = report(project.candidate_database, project.reports / "runs" / run.run_id)
        step.detail = str(site.relative_to(project.folder)) if site.is_relative_to(project.folder) else str(site)
    on_step(step)
    return site


def publish_step(project: Project, run: Run, site: Path | None, on_step: OnStep) -> Path:
    """Put tonight's file and report in the place of yesterday's."""
    with recorded(project, run, "publish") as step:
        published = publish(project, site)
        step.detail = f"{published.name} {published.stat().st_size / 1e6:.1f} MB"
    on_step(step)
    return published
