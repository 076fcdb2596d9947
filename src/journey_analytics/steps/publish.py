"""Publish: tonight's file and report take the place of yesterday's."""

import shutil
from pathlib import Path

from journey_analytics.config import Project
from journey_analytics.warehouse.publish import publish_candidate


def publish(project: Project, site: Path | None) -> Path:
    """Move tonight's file over the published one, then show tonight's report as the latest.

    Args:
        project: The project.
        site: Folder of tonight's report; None when none was drawn.

    Returns:
        The published file.
    """
    publish_candidate(project.candidate_database, project.published_database)
    if site is not None:
        _show_as_latest(site, project.reports / "latest")
    return project.published_database


def _show_as_latest(site: Path, latest: Path) -> None:
    """Old links go on working: every run keeps its own folder, ``latest`` is a copy of the newest."""
    beside, before = latest.with_name(".latest.new"), latest.with_name(".latest.old")
    for leftover in (beside, before):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(site, beside)
    if latest.exists():
        latest.rename(before)
    beside.rename(latest)
    shutil.rmtree(before, ignore_errors=True)
