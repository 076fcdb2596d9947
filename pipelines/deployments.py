"""Serve the nightly run on its schedule, one run at a time.

Start it with: python pipelines/deployments.py --project FOLDER
It needs a Prefect server (prefect server start, and PREFECT_API_URL pointing to it); it waits for the hours named by
``schedule.cron`` in journey.toml, read in the project's time zone.
"""

import argparse
from pathlib import Path

# Imported for what it does, and before Prefect.
import environment  # noqa: F401 # pyright: ignore[reportUnusedImport]

from prefect.schedules import Cron, Interval, Schedule

from journey_analytics.config import Project
from nightly import nightly


def schedule_of(project: Project, every_seconds: int | None = None) -> Schedule:
    """The project's schedule, or a short interval to see it fire."""
    if every_seconds is not None:
        return Interval(every_seconds)
    settings = project.settings
    return Cron(settings.schedule.cron, timezone=settings.project.time_zone)


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Serve the nightly run on its schedule.")
    parser.add_argument("--project", default=".", help="project folder, with journey.toml")
    parser.add_argument("--every-seconds", type=int, help="fire every so many seconds instead of by cron")
    arguments = parser.parse_args()
    project = Project(Path(arguments.project))
    nightly.serve(
        name="nightly",
        schedule=schedule_of(project, arguments.every_seconds),
        limit=1,
        parameters={"folder": str(project.folder)},
        pause_on_shutdown=False,
    )


if __name__ == "__main__":
    main()
