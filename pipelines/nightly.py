"""The nightly run under Prefect: ingest every source, build, check, report, publish.

Run it once with: python pipelines/nightly.py --project FOLDER
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path

# Imported for what it does, and before Prefect.
import environment  # noqa: F401 # pyright: ignore[reportUnusedImport]

from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from ingest import ingest_source, log_step
from journey_analytics.config import Project
from journey_analytics.errors import JourneyError
from journey_analytics.steps import findings, night, runs


@task(cache_policy=NO_CACHE)
def build(folder: str, run: runs.Run, *, full: bool = False) -> None:
    """Recompute the journeys and make tonight's file."""
    night.build_step(Project(Path(folder)), run, log_step, full=full)


@task(cache_policy=NO_CACHE)
def check(folder: str, run: runs.Run) -> None:
    """Check tonight's file; if a check fails the night ends here, red."""
    night.check_step(Project(Path(folder)), run, log_step)


@task(cache_policy=NO_CACHE)
def report(folder: str, run: runs.Run) -> Path:
    """Draw tonight's report."""
    return night.report_step(Project(Path(folder)), run, log_step)


@task(cache_policy=NO_CACHE)
def publish(folder: str, run: runs.Run, site: Path) -> Path:
    """Put tonight's file and report in the place of yesterday's."""
    return night.publish_step(Project(Path(folder)), run, site, log_step)


@flow(name="nightly")
def nightly(folder: str = ".", as_of: datetime | None = None, *, full: bool = False) -> list[str]:
    """A whole night; the same steps as ``journey run``.

    Args:
        folder: Project folder.
        as_of: What happened later is not looked at; now by default.
        full: Recompute every customer, not only those whom something touched.

    Returns:
        The first findings in a line each.
    """
    project, run = Project(Path(folder)), runs.new_run(as_of)
    with runs.only_run(project):
        ingested = [ingest_source(folder, run, name) for name in night.source_names(project)]
        night.raise_failures(ingested)
        build(folder, run, full=full)
        check(folder, run)
        site = report(folder, run)
        published = publish(folder, run, site)
    found = findings.published_findings(published)
    sentences = list(findings.told_findings(found))
    create_table_artifact(
        key="rows",
        table=[
            {
                "source": result.source,
                "files": result.files_count,
                "read": result.rows_count,
                "loaded": result.loaded_count,
                "duplicates": result.duplicates_count,
                "rejected": result.rejected_count,
                "skipped": result.skipped_count,
            }
            for result in ingested
        ],
        description="What this run read, by source.",
    )
    create_table_artifact(
        key="findings",
        table=[{name: row[name] for name in ("rank", "finding_id", "sentence")} for row in found.rows.rows(named=True)],
        description="\n".join(["What matters, ranked.", *found.notes]),
    )
    create_link_artifact(key="report", link=(project.reports / "latest" / "index.html").as_uri(), link_text="Report")
    return sentences


def main() -> int:
    """Run one night now and say what came out."""
    parser = argparse.ArgumentParser(description="Run one night under Prefect.")
    parser.add_argument("--project", default=".", help="project folder, with journey.toml")
    folder = parser.parse_args().project
    try:
        sentences = nightly(folder)
    except JourneyError as error:
        sys.stderr.write(f"error[{error.code}]: {error.message}\n" + (f"hint: {error.hint}\n" if error.hint else ""))
        return error.exit_code
    project = Project(Path(folder))
    lines = ["", *sentences, ""]
    lines += [
        f"tables   {project.published_database}",
        f"report   {project.reports / 'latest' / 'index.html'}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
