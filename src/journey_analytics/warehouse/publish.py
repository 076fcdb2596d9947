"""Publishing: tonight's file, once checked, is moved over the one that analysts read, in one step."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from journey_analytics.contracts import CHECK_RESULTS
from journey_analytics.warehouse.checks import CheckResult
from journey_analytics.warehouse.connection import insert, opened, quoted, transaction


@contextmanager
def candidate_connection(candidate: Path) -> Generator[duckdb.DuckDBPyConnection]:
    """Tonight's file, for reading."""
    with opened(candidate, read_only=True) as connection:
        yield connection


def save_check_results(database: Path, run_id: str, results: Sequence[CheckResult]) -> None:
    """Write the results of a run's checks into a database."""
    rows = [
        {
            "run_id": run_id,
            "check_name": result.name,
            "severity": result.severity,
            "failing_count": result.failing_count,
            "sample": result.sample,
        }
        for result in results
    ]
    columns = ", ".join(f"{quoted(column.name)} {column.sql_type}" for column in CHECK_RESULTS.columns)
    with opened(database) as connection, transaction(connection):
        connection.execute("create schema if not exists ops")
        connection.execute(f"create table if not exists ops.check_results ({columns})")
        connection.execute("delete from ops.check_results where run_id = $1", [run_id])
        insert(connection, CHECK_RESULTS, pl.DataFrame(rows, schema=CHECK_RESULTS.schema))


def publish_candidate(candidate: Path, published: Path) -> None:
    """Move tonight's file over the published one. Open readers keep the old data, new ones see the new."""
    with opened(candidate) as connection:
        connection.execute("checkpoint")
    candidate.replace(published)
