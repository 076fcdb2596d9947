"""Rejected rows: why they were rejected, and the rows themselves, from the pipeline's own database."""

from dataclasses import dataclass

import polars as pl

from journey_analytics.config import Project
from journey_analytics.steps.configured_sources import configured_source
from journey_analytics.warehouse.connection import opened


@dataclass(frozen=True)
class RejectedRows:
    """Rejected rows of a project.

    Attributes:
        summary: One row per source and rule: ``source``, ``rule``, ``rows_count``, ``path`` and ``line`` of the first,
            and its ``reason``.
        rows: ``source``, ``path``, ``line``, ``item``, ``rule``, ``reason``, ``raw``, in the order of the files.
    """

    summary: pl.DataFrame
    rows: pl.DataFrame


def rejected_rows(project: Project, source: str | None, limit: int) -> RejectedRows:
    """What was rejected and still is.

    Args:
        project: The project.
        source: Only this source; all when None.
        limit: Rows to read at most; 0 for all. The summary is always of all.

    Raises:
        UsageError: There was no run yet, or there is no such source.
        Unavailable: A run has the database open.
    """
    if source is not None:
        configured_source(project, source)
    chosen = {"source": source}
    with opened(project.state_database, read_only=True) as connection:
        summary = connection.sql(
            """
            select source, rule, count(*) as rows_count, arg_min(path, (path, line, item)) as path,
                arg_min(line, (path, line, item)) as line, arg_min(reason, (path, line, item)) as reason
            from ops.rejected_rows
            where $source is null or source = $source
            group by source, rule
            order by source, rows_count desc, rule
            """,
            params=chosen,
        ).pl()
        rows = connection.sql(
            f"""
            select source, path, line, item, rule, reason, raw
            from ops.rejected_rows
            where $source is null or source = $source
            order by source, path, line, item
            {f"limit {limit}" if limit else ""}
            """,
            params=chosen,
        ).pl()
    return RejectedRows(summary, rows)
