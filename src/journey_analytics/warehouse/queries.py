"""Queries of published files: read only, without access to files or the network."""

from pathlib import Path

import duckdb
import polars as pl

from journey_analytics.errors import UsageError
from journey_analytics.warehouse.connection import opened


def _with_plain_integers(frame: pl.DataFrame) -> pl.DataFrame:
    """Sums of whole numbers come as 128 bits, which JSON and drivers take for text; those that fit get 64."""
    wide = [name for name, dtype in frame.schema.items() if dtype in (pl.Int128, pl.UInt128, pl.Decimal(38, 0))]
    narrowed = frame.select(pl.col(wide).cast(pl.Int64, strict=False))
    fits = [name for name in wide if narrowed[name].null_count() == frame[name].null_count()]
    return frame.with_columns(narrowed.select(fits))


def query_published(database: Path, sql: str, limit: int = 0) -> pl.DataFrame:
    """Result of a query.

    Args:
        database: A published file.
        sql: One query.
        limit: Rows at most; 0 for all.

    Raises:
        UsageError: The file does not exist, or DuckDB does not accept the query.
    """
    with opened(database, read_only=True) as connection:
        connection.execute("set enable_external_access = false")
        try:
            relation = connection.sql(sql)
            return _with_plain_integers((relation.limit(limit) if limit else relation).pl())
        except duckdb.Error as error:
            raise UsageError(str(error).strip(), hint='Tables: journey query "show all tables"') from None
