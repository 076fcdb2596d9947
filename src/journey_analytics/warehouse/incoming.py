"""Rows on their way into staging: a load gathers those of all new files of a source in temporary tables.

They already have the keys under which staging will know them, and are written once; what does not fit into memory goes
to disk. Only where the content tells rows apart, whole files must be there before the rows can be counted.
"""

from collections.abc import Sequence

import duckdb
import polars as pl

from journey_analytics.contracts import AD_COSTS, EVENTS, REJECTED_ROWS, SOURCE_ROWS, Column, Table
from journey_analytics.warehouse.connection import qualified, quoted, registered
from journey_analytics.warehouse.identifier_sets import set_key_sql

_PLACE = (
    Column("file_index", "BIGINT", "Which of the load's files."),
    Column("line", "BIGINT", "Line in the file."),
    Column("item", "BIGINT", "Place among the rows of the line."),
)
_EXPORT = (
    Column("content_hash", "VARCHAR", "Of rows that have neither id nor key: md5 of all that the row says."),
    Column("partition_version", "VARCHAR", "Which export of its partition the row comes from."),
)


def _table(name: str, target: Table, *columns: Column) -> Table:
    """The columns of a table of staging, without the source, and what only a load needs to know."""
    return Table(name, "row", (), (*_PLACE, *columns, *(one for one in target.columns if one.name != "source")))


INCOMING_EVENTS = _table("incoming_events", EVENTS, *_EXPORT)
INCOMING_ROWS = _table("incoming_rows", SOURCE_ROWS, *_EXPORT)
INCOMING_COSTS = _table("incoming_costs", AD_COSTS)
INCOMING_REJECTED = Table(
    "incoming_rejected",
    "rejected row",
    (),
    (*_PLACE, *(one for one in REJECTED_ROWS.columns if one.name in ("rule", "reason", "raw"))),
)
INCOMING = (INCOMING_EVENTS, INCOMING_ROWS, INCOMING_COSTS, INCOMING_REJECTED)

EVENT_KEY = "('0x' || left(md5(event_id), 16))::ubigint"
_KEYED = {
    INCOMING_EVENTS.name: f"""
        select * exclude (key), {EVENT_KEY} as event_key, @set_key as set_key
        from (
            select
                * exclude (content) replace (
                    $source || ':' || coalesce(partition || '/', '') || coalesce(event_id, md5(key)) as event_id,
                    case when contains(properties, ':null') then json_merge_patch('{{}}', properties)::varchar
                        else properties end as properties
                ),
                md5(content) as content_hash
            from arriving
        )
    """,
    INCOMING_ROWS.name: """
        select
            * exclude (content) replace (
                coalesce(partition || '/', '') || row_key as row_key,
                coalesce(version, '') as version,
                json_merge_patch('{}', fields)::varchar as fields
            ),
            md5(content) as content_hash
        from arriving
    """,
    INCOMING_COSTS.name: "from arriving",
}
"""What rows become when they enter a temporary table. Keys of rows that only their content tells apart stay null."""
_NEEDED = {
    INCOMING_EVENTS.name: ("event_id", "key", "content", "partition", "properties"),
    INCOMING_ROWS.name: ("row_key", "version", "content", "partition", "fields"),
    INCOMING_COSTS.name: (),
}


def begin_load(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table] = INCOMING) -> None:
    """Empty temporary tables for the rows of a load."""
    for table in tables:
        columns = ", ".join(f"{quoted(column.name)} {column.sql_type}" for column in table.columns)
        connection.execute(f"create or replace temp table {qualified(table.name)} ({columns})")


def add_rows(connection: duckdb.DuckDBPyConnection, table: Table, source: str, frame: pl.DataFrame) -> None:
    """Add rows of a source to one of the temporary tables.

    Args:
        connection: The connection that has the tables.
        table: One of those for accepted rows.
        source: Name of the source.
        frame: The rows, with their place in the load, and ``key`` or ``content`` where the vendor has no id; columns
            that it lacks are null.
    """
    absent = [pl.lit(None, pl.String).alias(name) for name in _NEEDED[table.name] if name not in frame.columns]
    known = {*table.column_names, *_NEEDED[table.name]}
    arriving = frame.select([name for name in frame.columns if name in known]).with_columns(absent)
    sql = _KEYED[table.name].replace("@set_key", set_key_sql(frame.columns))
    with registered(connection, in_parallel=False, arriving=arriving):
        parameters = {"source": source} if "$source" in sql else None
        connection.execute(f"insert into {qualified(table.name)} by name {sql}", parameters)


def add_rejected(connection: duckdb.DuckDBPyConnection, rejected: pl.DataFrame) -> None:
    """Add rejected rows: ``file_index``, ``line``, ``item``, ``rule``, ``reason`` and ``raw``."""
    columns = rejected.select(INCOMING_REJECTED.column_names)
    with registered(connection, in_parallel=False, rejected=columns):
        connection.execute(f"insert into {qualified(INCOMING_REJECTED.name)} by name from rejected")


def forget_file(connection: duckdb.DuckDBPyConnection, file_index: int) -> None:
    """Take the rows of a file out of the load."""
    for table in INCOMING:
        connection.execute(f"delete from {qualified(table.name)} where file_index = $1", [file_index])


def number_contents(connection: duckdb.DuckDBPyConnection, table: Table, source: str) -> None:
    """Give rows that only their content tells apart a key: its hash, and the how many-th of the file it is."""
    key, prefix = {
        INCOMING_EVENTS.name: ("event_id", "$source || ':' || coalesce(partition || '/', '')"),
        INCOMING_ROWS.name: ("row_key", "coalesce(partition || '/', '')"),
    }[table.name]
    name = qualified(table.name)
    if not connection.execute(f"select exists (from {name} where {key} is null)").fetchall()[0][0]:
        return
    within: Sequence[str] = ("file_index", "partition", "content_hash", *(["row_kind"] if key == "row_key" else []))
    numbered = f"""
        select * replace (
            coalesce({key}, {prefix} || content_hash || '-' || row_number() over (
                partition by {", ".join(within)} order by line, item
            )) as {key}
        )
        from {name}
    """
    if key == "event_id":
        numbered = f"select * replace ({EVENT_KEY} as event_key) from ({numbered})"
    connection.execute(
        f"create or replace temp table numbered as {numbered}", {"source": source} if "$source" in numbered else None
    )
    connection.execute(f"drop table {name}")
    connection.execute(f"alter table numbered rename to {name}")
