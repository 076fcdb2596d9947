"""Loading rows into ``staging``: the durable fact.

A load gathers the rows of all new files of a source in temporary tables and merges them at the end, in the
transaction that also writes the file ledger. Until then nothing has happened, so a crash costs the work, not the truth.
"""

from collections.abc import Iterable, Sequence

import duckdb
import polars as pl

from journey_analytics.contracts import AD_COSTS, EVENTS, REFERENCE_LINKS, SOURCE_ROWS, Table
from journey_analytics.warehouse.changed_events import note_coming, note_leaving
from journey_analytics.warehouse.connection import insert
from journey_analytics.warehouse.identifier_sets import LINK_COLUMNS, note_changed_sets, set_key_sql
from journey_analytics.warehouse.incoming import (
    INCOMING_COSTS,
    INCOMING_EVENTS,
    INCOMING_ROWS,
    add_rows,
    begin_load,
    number_contents,
)
from journey_analytics.warehouse.merging import merge


def merge_events(connection: duckdb.DuckDBPyConnection, source: str, table: Table = EVENTS) -> pl.DataFrame:
    """Merge the load's events into ``staging.events``, or a table like it. A key is one within its partition, if any.

    Returns:
        Per ``file_index`` and ``partition``: ``loaded_count``, ``duplicates_count`` and ``variants_count``.
    """
    number_contents(connection, INCOMING_EVENTS, source)
    payload = [column for column in EVENTS.columns if column.name not in ("event_key", "partition", "set_key")]
    return merge(connection, INCOMING_EVENTS, table, source, ("event_id",), payload)


def merge_rows(connection: duckdb.DuckDBPyConnection, source: str, counted_kinds: Sequence[str]) -> pl.DataFrame:
    """Merge the load's kept rows into ``staging.source_rows``.

    Returns:
        The same as ``merge_events``, for rows of the counted kinds.
    """
    number_contents(connection, INCOMING_ROWS, source)
    counts = merge(connection, INCOMING_ROWS, SOURCE_ROWS, source, ("row_kind", "row_key"), SOURCE_ROWS.columns)
    return counts.filter(pl.col("row_kind").is_in(list(counted_kinds))).drop("row_kind")


def merge_costs(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Merge the load's costs into ``staging.ad_costs``."""
    keys = tuple(name for name in AD_COSTS.key if name != "source")
    merge(connection, INCOMING_COSTS, AD_COSTS, source, keys, AD_COSTS.columns)


def has_incoming_rows(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the load has kept rows, so that events must be derived anew."""
    return bool(connection.execute("select exists (from incoming_rows)").fetchall()[0][0])


def replace_links(connection: duckdb.DuckDBPyConnection, source: str, links: pl.DataFrame) -> None:
    """Replace the identifier links that a source's reference rows make."""
    stored = f"select {set_key_sql(LINK_COLUMNS)} as set_key from staging.reference_links where source = $1"
    connection.execute(f"create or replace temp table linked_before as {stored}", [source])
    connection.execute("delete from staging.reference_links where source = $1", [source])
    insert(connection, REFERENCE_LINKS, links.with_columns(source=pl.lit(source)))
    connection.execute(f"create or replace temp table linked_now as {stored}", [source])
    note_changed_sets(
        connection, "(from linked_before except from linked_now) union all (from linked_now except from linked_before)"
    )


def replace_events(connection: duckdb.DuckDBPyConnection, source: str, parts: Iterable[pl.DataFrame]) -> int:
    """Replace the events of a source by those derived from its winning rows; what is the same stays untouched.

    Returns:
        The number of events.
    """
    begin_load(connection, [INCOMING_EVENTS])
    first = 0
    for events in parts:
        line = pl.int_range(first, first + pl.len(), dtype=pl.Int64)
        placed = events.with_columns(file_index=pl.lit(0, pl.Int64), line=line, item=pl.lit(1, pl.Int64))
        add_rows(connection, INCOMING_EVENTS, source, placed)
        first += events.height
    connection.execute("create or replace temp table derived_events as from staging.events limit 0")
    merge_events(connection, source, Table("derived_events", EVENTS.grain, EVENTS.key, EVENTS.columns))
    connection.execute(
        """
        create or replace temp table unchanged as
        select event_key from (select * from staging.events where source = $1 intersect from derived_events)
        """,
        [source],
    )
    gone = "from staging.events where source = $1 and event_key not in (from unchanged)"
    note_leaving(connection, gone, [source])
    note_coming(connection, "from derived_events where event_key not in (from unchanged)")
    connection.execute(f"delete {gone}", [source])
    connection.execute("insert into staging.events from derived_events where event_key not in (from unchanged)")
    return first


def kept_rows(
    connection: duckdb.DuckDBPyConnection, source: str, kind: str, after: str = "", limit: int | None = None
) -> pl.DataFrame:
    """Winning rows of a kind, in the order of their keys: ``row_key``, and ``row``, a JSON object.

    Args:
        connection: The pipeline's own database.
        source: The source.
        kind: Which of its shapes.
        after: Only rows whose keys come after this one.
        limit: How many at most; all if None.
    """
    return connection.sql(
        f"""
        select row_key, fields as row from staging.source_rows
        where source = $source and row_kind = $kind and row_key > $after
        order by row_key
        {f"limit {limit}" if limit else ""}
        """,
        params={"source": source, "kind": kind, "after": after},
    ).pl()
