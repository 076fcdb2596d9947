"""Tonight's file: yesterday's with the rows of some customers replaced, or all of it made anew.

A table whose header says ``per: customer`` depends, row by row, on one customer alone, and on the watermark at most by
which of the customer's journeys have lapsed. Of such tables only the rows are made of customers who were recomputed, or
had a journey lapse since, by the same SQL over a state that has nobody else, and put in the place of the old ones. All
other tables are made anew.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from journey_analytics.errors import JourneyError
from journey_analytics.warehouse.builds import build_to_go_on_from
from journey_analytics.warehouse.connection import STORAGE_VERSION, opened, qualified, quoted, transaction
from journey_analytics.warehouse.memory import for_building, spill
from journey_analytics.warehouse.sql_files import model_files
from journey_analytics.warehouse.sql_models import PythonModel, create_table_macros, make_tables

_NEEDED = ("ops.settings", "journeys.stages")
"""Small tables that tables per customer look at."""


def published_run(published: Path, tables_fingerprint: str) -> str | None:
    """Which run's tables a published file has; None where there is none that tonight's could begin with."""
    if not published.exists():
        return None
    try:
        with opened(published, read_only=True) as connection:
            rows = connection.sql("select run_id, tables_fingerprint from ops.settings").fetchall()
    except (JourneyError, duckdb.Error):  # damaged, or of an older version: it is made anew
        return None
    return rows[0][0] if rows and rows[0][1] == tables_fingerprint else None


def build_candidate(
    state: Path, candidate: Path, since: Path, since_run: str | None, python_models: Sequence[PythonModel]
) -> None:
    """Make tonight's file from the pipeline's own database.

    Args:
        state: The pipeline's own database.
        candidate: Where tonight's file is made.
        since: The published file.
        since_run: Run that it shows, as ``published_run`` says.
        python_models: Marts that Python computes.
    """
    discard_candidate(candidate)
    candidate.parent.mkdir(parents=True, exist_ok=True)
    with opened(named=state) as connection:
        spill(connection, for_building(), candidate)
        connection.execute(f"attach '{_escaped(state)}' as pipeline (read_only)")
        connection.execute("attach ':memory:' as state")
        connection.execute("use pipeline")
        since_build = None if since_run is None else build_to_go_on_from(connection, since_run)
        if since_build is not None:
            shutil.copyfile(since, candidate)
        connection.execute(f"attach '{_escaped(candidate)}' as candidate (storage_version '{STORAGE_VERSION}')")
        per_customer: set[str] = set()
        if since_build is not None:
            per_customer = {file.name for file in model_files() if file.one("per", "") == "customer"}
            _renew_rows(connection, since_build, per_customer)
        _show_state(connection)
        connection.execute("use candidate")
        with transaction(connection):
            for name in sorted(per_customer):
                renewed = "(select customer_id from state.main.renewed_customers)"
                connection.execute(f"delete from {qualified(name)} where customer_id in {renewed}")
                connection.execute(f"insert into {qualified(name)} from renewed.{qualified(name)}")
            make_tables(connection, python_models, without=per_customer)
            create_table_macros(connection)
        connection.execute("use memory")
        connection.execute("checkpoint candidate")
        connection.execute("detach candidate")


def discard_candidate(candidate: Path) -> None:
    """Remove a candidate that was not published, with its log."""
    for path in (candidate, candidate.with_name(candidate.name + ".wal")):
        path.unlink(missing_ok=True)


def _renew_rows(connection: duckdb.DuckDBPyConnection, since_build: int, names: set[str]) -> None:
    """Make tables per customer in a database ``renewed`` in memory, from a state of customers whose rows may differ."""
    connection.execute(
        """
        create table state.main.renewed_customers as
        with watermarks as (
            select before.watermark_at as before_at, now.watermark_at as now_at
            from candidate.ops.settings as before cross join pipeline.ops.settings as now
        )
        select customer_key, printf('%016x', customer_key) as customer_id
        from (
            select customer_key from pipeline.ops.recomputed_customers where build_number > $1
            union
            select customer_key from pipeline.journeys.journeys cross join watermarks
            where (lapses_at < before_at) is distinct from (lapses_at < now_at)
        )
        """,
        [since_build],
    )
    _show_state(connection, only_renewed=True)
    connection.execute("attach ':memory:' as renewed")
    connection.execute("use renewed")
    make_tables(connection, [], only={*names, *_NEEDED})


def _show_state(connection: duckdb.DuckDBPyConnection, *, only_renewed: bool = False) -> None:
    """Show the tables of the pipeline's own database as ``state``: all rows, or those of renewed customers."""
    found = connection.execute(
        """
        select schema_name, table_name, bool_or(column_name = 'customer_key') from duckdb_columns()
        where database_name = 'pipeline' group by all order by all
        """
    ).fetchall()
    for schema, table, is_of_customers in found:
        connection.execute(f"create schema if not exists state.{quoted(schema)}")
        only = "semi join state.main.renewed_customers using (customer_key)" if only_renewed and is_of_customers else ""
        name = f"{quoted(schema)}.{quoted(table)}"
        connection.execute(f"create or replace view state.{name} as from pipeline.{name} {only}")


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")
