"""Report: the site, drawn from a published file or from tonight's candidate."""

from pathlib import Path

import polars as pl

from journey_analytics.analysis.chains.transition_graph import to_graphml, to_json, transition_graph
from journey_analytics.reports.quality import REPORT as QUALITY
from journey_analytics.reports.site import needed_tables, write_site
from journey_analytics.warehouse.connection import opened, qualified


def report(database: Path, folder: Path) -> Path:
    """Write the report site.

    Args:
        database: A published file, or tonight's candidate.
        folder: Where to write.

    Returns:
        The folder; ``index.html`` in it is the first page.

    Raises:
        UsageError: The database does not exist yet.
    """
    with opened(database, read_only=True) as connection:
        tables = {name: connection.sql(f"from {qualified(name)}").pl() for name in needed_tables()}
    return write_site(tables, folder, _graph_files(tables["marts.stage_transitions"]))


def report_failed_night(database: Path, folder: Path) -> Path:
    """Show what the checks found in a candidate that is not published: only the page on data quality.

    Args:
        database: Tonight's candidate.
        folder: The latest site; its other pages stay those of the last night that was published.

    Returns:
        The page.
    """
    with opened(database, read_only=True) as connection:
        tables = {name: connection.sql(f"from {qualified(name)}").pl() for name in needed_tables(QUALITY.name)}
    return write_site(tables, folder, only=QUALITY.name) / f"{QUALITY.name}.html"


def _graph_files(transitions: pl.DataFrame) -> dict[str, str]:
    """The transition graph of each stage model, for other tools."""
    files: dict[str, str] = {}
    for (model,), of_model in transitions.group_by("stage_model"):
        graph = transition_graph(of_model)
        files |= {f"graph_{model}.graphml": to_graphml(graph), f"graph_{model}.json": to_json(graph)}
    return files
