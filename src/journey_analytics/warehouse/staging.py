"""Loading rows into ``staging``: one winner per key, whatever the order in which its versions arrive.

A load gathers the rows of all new files of a source in temporary tables and merges them at the end, in the
transaction that also writes the file ledger. Until then nothing has happened, so a crash costs the work, not the truth.

Winners: among immutable rows the one received first, else the least hash of its content; among rows with a version
the greatest version, else the greatest hash. No choice depends on the order of arrival.
"""

from collections.abc import Sequence

import duckdb
import polars as pl

from journey_analytics.contracts import AD_COSTS, EVENTS, REFERENCE_LINKS, SOURCE_ROWS, Column, Table
from journey_analytics.warehouse.connection import insert, qualified, quoted, registered
from journey_analytics.warehouse.identifier_sets import LINK_COLUMNS, note_changed_sets, set_key_sql

PLACE = (
    Column("file_index", "BIGINT", "Which of the load's files."),
    Column("line", "BIGINT", "Line in the file."),
    Column("item", "BIGINT", "Place among the rows of the line."),
)
_VERSION = (Column("partition_version", "VARCHAR", "Which export of its partition the row comes from."),)
_KEYS = (
    Column("key", "VARCHAR", "Declared key, where the vendor has no id."),
    Column("content", "VARCHAR", "All that the row says, where there is no key either."),
)


def _columns(table: Table, without: Sequence[str]) -> tuple[Column, ...]:
    return tuple(column for column in table.columns if column.name not in without)


INCOMING_EVENTS = Table(
    "incoming_events", "row", (), (*PLACE, *_KEYS, *_VERSION, *_columns(EVENTS, ("source", "event_key", "set_key")))
)
INCOMING_ROWS = Table("incoming_rows", "row", (), (*PLACE, *_KEYS, *_VERSION, *_columns(SOURCE_ROWS, ("source",))))
INCOMING_COSTS = Table("incoming_costs", "row", (), (*PLACE, *_columns(AD_COSTS, ("source",))))
INCOMING = (INCOMING_EVENTS, INCOMING_ROWS, INCOMING_COSTS)


def begin_load(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty temporary tables for the rows of a load."""
    for table in INCOMING:
        columns = ", ".join(f"{quoted(column.name)} {column.sql_type}" for column in table.columns)
        connection.execute(f"create or replace temp table {qualified(table.name)} ({columns})")


def add_rows(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame) -> None:
    """Add rows to one of the temporary tables; columns that a frame lacks are null."""
    names = [name for name in table.column_names if name in frame.columns]
    with registered(connection, incoming_batch=frame.select(names)):
        listed = ", ".join(quoted(name) for name in names)
        connection.execute(f"insert into {qualified(table.name)} ({listed}) select {listed} from incoming_batch")


def forget_file(connection: duckdb.DuckDBPyConnection, file_index: int) -> None:
    """Take the rows of a file out of the load."""
    for table in INCOMING:
        connection.execute(f"delete from {qualified(table.name)} where file_index = $1", [file_index])


def merge_events(connection: duckdb.DuckDBPyConnection, source: str, table: Table = EVENTS) -> pl.DataFrame:
    """Merge the load's events into ``staging.events``, or a table like it. A key is one within its partition, if any.

    Returns:
        Per ``file_index`` and ``partition``: ``loaded_count``, ``duplicates_count`` and ``variants_count``.
    """
    connection.execute(
        f"""
        create or replace temp table keyed as
        select * exclude (key, content, partition_version, event_id, properties), $source as source,
            {set_key_sql()} as set_key,
            case when contains(properties, ':null') then json_merge_patch('{{}}', properties)::varchar else properties
            end as properties,
            concat($source, ':', partition || '/', coalesce(
                event_id, md5(key), md5(content) || '-' || row_number() over (
                    partition by file_index, partition, md5(content) order by line, item
                )
            )) as event_id
        from incoming_events
        """,
        {"source": source},
    )
    return _merge(connection, table, ("event_id",), payload=_columns(EVENTS, ("event_key", "partition", "set_key")))


def merge_rows(connection: duckdb.DuckDBPyConnection, source: str, counted_kinds: Sequence[str]) -> pl.DataFrame:
    """Merge the load's kept rows into ``staging.source_rows``.

    Returns:
        The same as ``merge_events``, for rows of the counted kinds.
    """
    connection.execute(
        """
        create or replace temp table keyed as
        select * exclude (key, content, partition_version, row_key, version, fields), $source as source,
            concat(partition || '/', coalesce(
                row_key, md5(content) || '-' || row_number() over (
                    partition by file_index, partition, row_kind, md5(content) order by line, item
                )
            )) as row_key,
            coalesce(version, '') as version,
            json_merge_patch('{}', fields)::varchar as fields
        from incoming_rows
        """,
        {"source": source},
    )
    counts = _merge(connection, SOURCE_ROWS, ("row_kind", "row_key"), payload=SOURCE_ROWS.columns)
    return counts.filter(pl.col("row_kind").is_in(list(counted_kinds))).drop("row_kind")


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


def merge_costs(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Merge the load's costs into ``staging.ad_costs``."""
    connection.execute(
        "create or replace temp table keyed as select *, $source as source from incoming_costs",
        {"source": source},
    )
    keys = tuple(name for name in AD_COSTS.key if name != "source")
    _merge(connection, AD_COSTS, keys, payload=AD_COSTS.columns)


def replace_events(connection: duckdb.DuckDBPyConnection, source: str, events: pl.DataFrame) -> None:
    """Replace the events of a source by those derived from its winning rows; what is the same stays untouched."""
    begin_load(connection)
    placed = events.with_columns(
        file_index=pl.lit(0, pl.Int64), line=pl.int_range(pl.len(), dtype=pl.Int64), item=pl.lit(1, pl.Int64)
    )
    add_rows(connection, INCOMING_EVENTS, placed)
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
    note_changed_sets(connection, gone, [source])
    note_changed_sets(connection, "from derived_events where event_key not in (from unchanged)")
    connection.execute(f"delete {gone}", [source])
    connection.execute("insert into staging.events from derived_events where event_key not in (from unchanged)")


def _merge(
    connection: duckdb.DuckDBPyConnection, table: Table, keys: Sequence[str], payload: Sequence[Column]
) -> pl.DataFrame:
    """Put the winners of ``keyed`` and ``table`` into ``table``. All names come from contracts, none from data."""
    target, key = qualified(table.name), ", ".join(quoted(name) for name in keys)
    stored = [name for name in table.column_names if name != "event_key"]
    columns = ", ".join(quoted(name) for name in stored)
    text = ", ".join(f"coalesce({quoted(column.name)}::varchar, chr(30))" for column in payload)
    received = "received_at" if "received_at" in stored else "null::timestamptz"
    grouped = [quoted(name) for name in ("row_kind", "partition") if name in stored]
    identity = ", ('0x' || left(md5(event_id), 16))::ubigint" if "event_key" in table.column_names else ""
    connection.execute(
        f"""
        create or replace temp table contested as
        select {key} from (
            select {key} from keyed group by all having count(*) > 1
            union
            select {key} from keyed semi join (from {target} where source = (select any_value(source) from keyed))
                using ({key})
        )
        """
    )
    connection.execute(
        f"""
        create or replace temp table ranked as
        with candidates as (
            select {columns}, file_index, line, item from keyed semi join contested using ({key})
            union all by name
            select {columns} from {target} semi join contested using ({key})
            where source = (select any_value(source) from keyed)
        ),
        hashed as (select *, md5(concat_ws(chr(31), {text})) as payload_hash from candidates)
        select *,
            row_number() over (
                partition by {key}
                order by version desc nulls last,
                    case when version is null then {received} end nulls last,
                    case when version is null then payload_hash end,
                    payload_hash desc,
                    file_index nulls first, line, item
            ) as place,
            first_value(payload_hash) over (
                partition by {key}
                order by version desc nulls last,
                    case when version is null then {received} end nulls last,
                    case when version is null then payload_hash end,
                    payload_hash desc
            ) as winning_hash,
            row_number() over (partition by {key} order by file_index nulls first, line, item) as arrival
        from hashed
        """
    )
    # A stored row leaves when another wins; a stored row that wins stays untouched.
    replaced = f"""
        from {target}
        where source = (select any_value(source) from keyed) and ({key}) in (
            select ({key}) from ranked where place = 1 and file_index is not null
        )
        """
    winners = f"""
        select {columns} from keyed anti join contested using ({key})
        union all by name
        select {columns} from ranked where place = 1 and file_index is not null
        """
    if table is EVENTS:
        note_changed_sets(connection, replaced)
        note_changed_sets(connection, winners)
    connection.execute(f"delete {replaced}")
    connection.execute(
        f"""
        insert into {target} ({columns}{", event_key" if identity else ""})
        select {columns}{identity} from ({winners})
        """
    )
    return connection.sql(
        f"""
        select {", ".join(["file_index", *grouped])},
            count(*) filter (arrival is null or arrival = 1) as loaded_count,
            count(*) filter (arrival > 1) as duplicates_count,
            count(*) filter (
                arrival is not null and payload_hash <> winning_hash and coalesce(version, '') = ''
            ) as variants_count
        from (select {", ".join(["file_index", "line", "item", *grouped])} from keyed) as incoming
        left join (select file_index, line, item, version, arrival, payload_hash, winning_hash from ranked)
            using (file_index, line, item)
        group by all
        order by all
        """
    ).pl()


def kept_rows(connection: duckdb.DuckDBPyConnection, source: str, kind: str) -> pl.DataFrame:
    """Winning rows of a kind, in the order of their keys: one column ``row`` of JSON objects."""
    return connection.sql(
        "select fields as row from staging.source_rows where source = $source and row_kind = $kind order by row_key",
        params={"source": source, "kind": kind},
    ).pl()
