"""The published file: built beside the one that analysts read, and moved over it in one step."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from journey_analytics.contracts import CHECK_RESULTS
from journey_analytics.warehouse.checks import CheckResult
from journey_analytics.warehouse.connection import STORAGE_VERSION, insert, opened, quoted, transaction
from journey_analytics.warehouse.sql_models import PythonModel, make_tables


def build_candidate(state: Path, candidate: Path, python_models: Sequence[PythonModel]) -> list[str]:
    """Make tonight's file from the pipeline's own database; returns the names of its tables."""
    discard_candidate(candidate)
    candidate.parent.mkdir(parents=True, exist_ok=True)
    with opened(named=state) as connection:
        connection.execute(f"attach '{_escaped(state)}' as state (read_only)")
        connection.execute(f"attach '{_escaped(candidate)}' as candidate (storage_version '{STORAGE_VERSION}')")
        connection.execute("use candidate")
        with transaction(connection):
            tables = make_tables(connection, python_models)
        connection.execute("use memory")
        connection.execute("checkpoint candidate")
        connection.execute("detach candidate")
    return tables


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


def discard_candidate(candidate: Path) -> None:
    """Remove a candidate that was not published, with its log."""
    for path in (candidate, candidate.with_name(candidate.name + ".wal")):
        path.unlink(missing_ok=True)


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")
