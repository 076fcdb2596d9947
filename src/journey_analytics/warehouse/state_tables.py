"""The tables of the pipeline's own database: created where they are missing, adapted where an older version made them.

The journey tables follow from staging, so those of an older version are dropped and computed again. Rows of staging are
the durable fact: a column that follows from the others is added, and what cannot be completed is refused.
"""

import duckdb

from journey_analytics.contracts import BUILDS, EVENTS, STATE_TABLES, Table
from journey_analytics.errors import DatabaseBroken
from journey_analytics.warehouse.connection import qualified, quoted
from journey_analytics.warehouse.identifier_sets import set_key_sql

_FOLLOWING = {(EVENTS.name, "set_key"): set_key_sql()}
"""Columns of staging that follow from others, and the SQL that gives them."""


def create_state_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of the pipeline's own database that do not exist yet.

    In a transaction the first time takes a third: outside of one, each table is written to disk by itself.

    Raises:
        DatabaseBroken: An older version made it, and what it lacks cannot be added.
    """
    found = _columns_found(connection)
    if all(set(found.get(table.name, ())) == set(table.column_names) for table in STATE_TABLES):
        return
    _adapt(connection, found)
    for schema in ("staging", "journeys", "ops"):
        connection.execute(f"create schema if not exists {quoted(schema)}")
    for table in STATE_TABLES:
        connection.execute(f"create table if not exists {qualified(table.name)} ({_column_list(table)})")


def _columns_found(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Names of the columns of each table that stands there."""
    columns = connection.execute(
        """
        select schema_name || '.' || table_name, list(column_name) from duckdb_columns()
        where not internal and database_name = current_database() group by all
        """
    )
    return dict(columns.fetchall())


def _column_list(table: Table) -> str:
    return ", ".join(
        f"{quoted(column.name)} {column.sql_type}{' not null' if column.required else ''}" for column in table.columns
    )


def _adapt(connection: duckdb.DuckDBPyConnection, found: dict[str, list[str]]) -> None:
    """Bring the tables of an older version to the columns of this one."""
    present = [table for table in STATE_TABLES if table.name in found]
    others = [table for table in present if set(found[table.name]) != set(table.column_names)]
    for table in others:
        schema = table.name.split(".")[0]
        if schema == "staging":
            _complete(connection, table, found[table.name])
        else:
            _keep_common(connection, table, found[table.name])
    if any(table.name.startswith("journeys.") for table in others):
        connection.execute(f"drop table if exists {qualified(BUILDS.name)}")


def _complete(connection: duckdb.DuckDBPyConnection, table: Table, present: list[str]) -> None:
    missing = [column for column in table.columns if column.name not in present]
    unknown = [name for name in present if name not in table.column_names]
    if unknown or any((table.name, column.name) not in _FOLLOWING and column.required for column in missing):
        raise DatabaseBroken(
            f"{table.name} was made by another version: it has {', '.join(unknown) or 'nothing'} that this one does "
            f"not know, and lacks {', '.join(column.name for column in missing) or 'nothing'}.",
            hint="Delete the folder of the state database and run again: all files are then read anew.",
        )
    for column in missing:
        connection.execute(f"alter table {qualified(table.name)} add column {quoted(column.name)} {column.sql_type}")
        if (table.name, column.name) in _FOLLOWING:
            value = _FOLLOWING[table.name, column.name]
            connection.execute(f"update {qualified(table.name)} set {quoted(column.name)} = {value}")


def _keep_common(connection: duckdb.DuckDBPyConnection, table: Table, present: list[str]) -> None:
    """The journey tables are emptied; what the machine remembers of itself keeps what both versions know."""
    missing = [column for column in table.columns if column.name not in present]
    keeps = table.name.startswith("ops.") and not any(column.required for column in missing)
    if not keeps:
        connection.execute(f"drop table {qualified(table.name)}")
        return
    for column in missing:
        connection.execute(f"alter table {qualified(table.name)} add column {quoted(column.name)} {column.sql_type}")
    for name in present:
        if name not in table.column_names:
            connection.execute(f"alter table {qualified(table.name)} drop column {quoted(name)}")
