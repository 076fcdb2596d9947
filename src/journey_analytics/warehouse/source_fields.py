"""What the pipeline's own database remembers of the fields that rows had."""

import duckdb
import polars as pl

from journey_analytics.contracts import SOURCE_FIELDS
from journey_analytics.warehouse.connection import frame_of, insert, registered


def fields_of(connection: duckdb.DuckDBPyConnection, source: str) -> pl.DataFrame:
    """The fields that a source had so far: the rows of ``ops.source_fields``."""
    return frame_of(
        connection, "from ops.source_fields where source = $source order by row_kind, field", {"source": source}
    )


def record_fields(connection: duckdb.DuckDBPyConnection, source: str, new: pl.DataFrame, seen: pl.DataFrame) -> None:
    """Add fields, and note that others were seen again.

    Args:
        connection: The pipeline's own database.
        source: The source.
        new: Rows of ``ops.source_fields``.
        seen: ``row_kind``, ``field``, ``use``, ``last_run_id`` and ``last_seen_at`` of fields that are there already.
    """
    with registered(connection, seen=seen):
        connection.execute(
            """
            update ops.source_fields as fields
            set use = seen.use, last_run_id = seen.last_run_id, last_seen_at = seen.last_seen_at
            from seen
            where fields.source = $1 and fields.row_kind = seen.row_kind and fields.field = seen.field
            """,
            [source],
        )
    insert(connection, SOURCE_FIELDS, new)
