"""Identifier sets in parts that fit into memory, none of which shares an identifier with another."""

from collections.abc import Iterator, Sequence
from math import ceil

import duckdb
import polars as pl

from journey_analytics.transform.set_components import set_components
from journey_analytics.warehouse.connection import registered

SETS_PER_PART = 1_000_000
"""Who is who among so many sets is decided within 2 GB."""


def independent_parts(
    connection: duckdb.DuckDBPyConnection, blocked: Sequence[str], sets_per_part: int = SETS_PER_PART
) -> Iterator[pl.DataFrame]:
    """The sets of the temporary table ``deciding``, which goes: sets that hang together come together.

    Args:
        connection: The connection that has the table.
        blocked: Values that count as missing.
        sets_per_part: About how many sets make a part, unless more hang together.
    """
    count = connection.sql("from deciding").shape[0]
    parts = ceil(count / sets_per_part)
    if parts <= 1:
        yield connection.sql("from deciding").pl()
    else:
        _sort_into_parts(connection, blocked, parts, sets_per_part)
        for part in range(parts):
            found = connection.sql("select * exclude (part) from deciding where part = $part", params={"part": part})
            yield found.pl()
    connection.execute("drop table deciding")


def _sort_into_parts(connection: duckdb.DuckDBPyConnection, blocked: Sequence[str], parts: int, chunk: int) -> None:
    """Give sets their ``part``; those of one part stand together, so that it is read without the rest."""
    chunks = (pl.DataFrame(batch) for batch in connection.sql("from deciding").to_arrow_reader(chunk))
    found = set_components(chunks, blocked).with_columns(part=pl.col("component") % parts)
    with registered(connection, found=found):
        connection.execute(
            """
            create or replace temp table deciding_in_parts as
            select deciding.*, part from deciding inner join found using (set_key) order by part
            """
        )
    connection.execute("drop table deciding")
    connection.execute("alter table deciding_in_parts rename to deciding")
