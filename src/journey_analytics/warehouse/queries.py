"""Queries of published files: read only, without access to files or the network."""

from pathlib import Path

import duckdb
import polars as pl

from journey_analytics.errors import UsageError
from journey_analytics.warehouse.connection import opened


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
            return (relation.limit(limit) if limit else relation).pl()
        except duckdb.Error as error:
            raise UsageError(str(error).strip(), hint='Tables: journey query "show all tables"') from None
