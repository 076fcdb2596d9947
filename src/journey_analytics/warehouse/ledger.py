"""What the pipeline's own database remembers of files and runs."""

from dataclasses import asdict

import duckdb
import polars as pl

from journey_analytics.contracts import FILE_RULES, LOADED_FILES
from journey_analytics.places.place import FileStamp
from journey_analytics.warehouse.changed_events import note_leaving
from journey_analytics.warehouse.connection import insert, registered
from journey_analytics.warehouse.identifier_sets import LINK_COLUMNS, note_changed_sets, set_key_sql


def known_stamps(connection: duckdb.DuckDBPyConnection, source: str) -> set[FileStamp]:
    """Stamps of the files that a source has loaded."""
    rows = connection.execute(
        "select path, bytes_count, modified_nanoseconds from ops.loaded_files where source = $1", [source]
    ).fetchall()
    return {FileStamp(*row) for row in rows}


def known_hashes(connection: duckdb.DuckDBPyConnection, source: str) -> set[str]:
    """Hashes of the contents that a source has loaded."""
    rows = connection.execute("select content_hash from ops.loaded_files where source = $1", [source]).fetchall()
    return {row[0] for row in rows}


def contents_by_path(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    """Hash of the content that a source last loaded from each path."""
    rows = connection.execute("select path, content_hash from ops.loaded_files where source = $1", [source]).fetchall()
    return dict(rows)


def move_stamp(connection: duckdb.DuckDBPyConnection, source: str, content_hash: str, stamp: FileStamp) -> None:
    """A known content stands somewhere else or was touched: remember where, so that it need not be read again."""
    connection.execute(
        """
        update ops.loaded_files
        set path = $path, bytes_count = $bytes_count, modified_nanoseconds = $modified_nanoseconds
        where source = $source and content_hash = $content_hash
        """,
        {"source": source, "content_hash": content_hash, **asdict(stamp)},
    )


def contents_of_other_settings(
    connection: duckdb.DuckDBPyConnection, source: str, settings_hash: str
) -> dict[str, str]:
    """Contents and paths that a source loaded, where its settings were others than they are now; else empty."""
    rows = connection.execute(
        """
        select content_hash, path from ops.loaded_files
        where source = $1 and exists (from ops.loaded_files where source = $1 and settings_hash <> $2)
        order by path
        """,
        [source, settings_hash],
    ).fetchall()
    return dict(rows)


def position(connection: duckdb.DuckDBPyConnection, source: str) -> str | None:
    """How far a source with a cursor has been loaded."""
    rows = connection.execute("select position from ops.cursors where source = $1", [source]).fetchall()
    return rows[0][0] if rows else None


def move_position(connection: duckdb.DuckDBPyConnection, source: str, position: str) -> None:
    """Note how far a source with a cursor has been loaded; in the transaction that loads the rows."""
    connection.execute("delete from ops.cursors where source = $1", [source])
    connection.execute("insert into ops.cursors values ($1, $2)", [source, position])


def forget_source(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Remove all that a source has loaded, to read its files again."""
    note_leaving(connection, "from staging.events where source = $1", [source])
    linked = f"select {set_key_sql(LINK_COLUMNS)} as set_key from staging.reference_links where source = $1"
    note_changed_sets(connection, linked, [source])
    for table in (
        "staging.events", "staging.ad_costs", "staging.source_rows", "staging.reference_links",
        "staging.partitions", "ops.loaded_files", "ops.file_rules", "ops.file_partitions", "ops.cursors",
        "ops.rejected_rows",
    ):  # fmt: skip
        connection.execute(f"delete from {table} where source = $1", [source])


def record_files(
    connection: duckdb.DuckDBPyConnection, source: str, files: pl.DataFrame, rules: pl.DataFrame, read: pl.DataFrame
) -> None:
    """Write the ledger of a load.

    Rejected rows of what stood in a file before are forgotten: they are corrected, or rejected once more.

    Args:
        connection: The connection that has the load's temporary tables.
        source: Name of the source.
        files: Rows of ``ops.loaded_files``.
        rules: Rows of ``ops.file_rules``.
        read: ``file_index``, ``content_hash`` and ``path`` of all files whose rejected rows are to be kept.
    """
    with registered(connection, read=read):
        connection.execute(
            "delete from ops.rejected_rows where source = $1 and path in (select path from read)", [source]
        )
        connection.execute(
            """
            insert into ops.rejected_rows by name
            select * exclude (file_index), $1 as source from incoming_rejected inner join read using (file_index)
            order by file_index, line, item
            """,
            [source],
        )
    insert(connection, LOADED_FILES, files)
    insert(connection, FILE_RULES, rules)
