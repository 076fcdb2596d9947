"""One winner per key, whatever the order in which its versions arrive.

Winners: among immutable rows the one received first, else the least hash of its content; among rows with a version
the greatest version, else the greatest hash. No choice depends on the order of arrival. Only rows whose key stands
there more than once, in the load or in staging, are compared, and only they are hashed.
"""

from collections.abc import Sequence
from math import ceil

import duckdb
import polars as pl

from journey_analytics.contracts import EVENTS, Column, Table
from journey_analytics.warehouse.changed_events import note_coming, note_leaving
from journey_analytics.warehouse.connection import qualified, quoted

_ROWS_AT_A_TIME = 4_000_000
"""Rows among which keys are looked for that stand there twice: their table must fit into what a load may keep."""


def merge(
    connection: duckdb.DuckDBPyConnection,
    incoming: Table,
    target: Table,
    source: str,
    keys: Sequence[str],
    payload: Sequence[Column],
) -> pl.DataFrame:
    """Put the winners of a load and of staging into staging. All names come from contracts, none from data.

    Args:
        connection: The connection that has the temporary tables.
        incoming: The temporary table.
        target: The table of staging.
        source: Name of the source.
        keys: Columns that make the key within the source.
        payload: Columns that make the content of a row.

    Returns:
        Per ``file_index``, and per ``row_kind`` and ``partition`` where the table has them: ``loaded_count``,
        ``duplicates_count`` and ``variants_count``.
    """
    named = {"source": source}
    stored, key = qualified(target.name), ", ".join(quoted(name) for name in keys)
    # A short number stands for the key where there is one; keys that share a number are told apart among the ranked.
    match = "event_key" if "event_key" in target.column_names else key
    columns = ", ".join(quoted(name) for name in target.column_names)
    arrived = f"(select *, $source as source from {qualified(incoming.name)})"
    text = ", ".join(f"coalesce({quoted(column.name)}::varchar, chr(30))" for column in payload)
    received = "received_at" if "received_at" in target.column_names else "null::timestamptz"
    grouped = [quoted(name) for name in ("row_kind", "partition") if name in target.column_names]
    _find_contested(connection, qualified(incoming.name), stored, source, match)
    connection.execute(
        f"""
        create or replace temp table ranked as
        with candidates as (
            select {columns}, file_index, line, item from {arrived} semi join contested using ({match})
            union all by name
            select {columns} from {stored} semi join contested using ({match}) where source = $source
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
        """,
        named,
    )
    # A stored row leaves when another wins; a stored row that wins stays untouched.
    replaced = f"""
        from {stored}
        where source = $source and ({key}) in (
            select ({key}) from ranked where place = 1 and file_index is not null
        )
        """
    winners = f"""
        select {columns} from {arrived} anti join contested using ({match})
        union all
        select {columns} from ranked where place = 1 and file_index is not null
        """
    if target is EVENTS:
        note_leaving(connection, replaced, named)
        note_coming(connection, winners, named)
    connection.execute(f"delete {replaced}", named)
    connection.execute(f"insert into {stored} ({columns}) {winners}", named)
    return connection.sql(
        f"""
        select {", ".join(["file_index", *grouped])},
            count(*) filter (arrival is null or arrival = 1) as loaded_count,
            count(*) filter (arrival > 1) as duplicates_count,
            count(*) filter (
                arrival is not null and payload_hash <> winning_hash and coalesce(version, '') = ''
            ) as variants_count
        from (select {", ".join(["file_index", "line", "item", *grouped])} from {qualified(incoming.name)}) as incoming
        left join (select file_index, line, item, version, arrival, payload_hash, winning_hash from ranked)
            using (file_index, line, item)
        group by all
        order by all
        """
    ).pl()


def _find_contested(connection: duckdb.DuckDBPyConnection, incoming: str, stored: str, source: str, match: str) -> None:
    """Put keys that stand in the load twice, or in it and in staging, into a temporary table: some keys at a time."""
    (rows,) = connection.execute(f"select count(*) from {incoming}").fetchall()[0]
    parts = max(1, ceil(rows / _ROWS_AT_A_TIME))
    connection.execute(f"create or replace temp table contested as select {match} from {incoming} limit 0")
    for part in range(parts):
        some = f"(select {match} from {incoming} where hash({match}) % {parts} = {part})"
        connection.execute(
            f"""
            insert into contested
            select {match} from {some} group by all having count(*) > 1
            union
            select {match} from {some} semi join (from {stored} where source = $source) using ({match})
            """,
            {"source": source},
        )
