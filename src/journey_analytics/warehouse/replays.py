"""What the ledger knows of rejected rows and of their files, and how it takes back what a file is read again for."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from journey_analytics.warehouse.connection import registered


@dataclass(frozen=True)
class RejectedFile:
    """A file with rejected rows; ``is_loaded`` unless every row of it was bad."""

    content_hash: str
    path: str
    rows_count: int
    is_loaded: bool


def rejected_files(connection: duckdb.DuckDBPyConnection, source: str) -> list[RejectedFile]:
    """Files of a source that have rejected rows, where they stood last."""
    rows = connection.execute(
        """
        select rejected.content_hash, coalesce(any_value(files.path), any_value(rejected.path)), count(*),
            count(files.path) > 0
        from ops.rejected_rows as rejected
        left join ops.loaded_files as files using (source, content_hash)
        where source = $1
        group by rejected.content_hash
        order by 2, 1
        """,
        [source],
    ).fetchall()
    return [RejectedFile(*row) for row in rows]


def rejected_places(connection: duckdb.DuckDBPyConnection, source: str) -> pl.DataFrame:
    """``content_hash``, ``path``, ``line``, ``item``, ``rule`` and ``reason`` of a source's rejected rows."""
    return connection.sql(
        """
        select content_hash, path, line, item, rule, reason from ops.rejected_rows
        where source = $source order by path, line, item
        """,
        params={"source": source},
    ).pl()


def row_totals(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, int]:
    """``loaded``, ``duplicates`` and ``skipped`` rows of a source over all of its files."""
    return connection.sql(
        """
        select coalesce(sum(loaded_count), 0)::bigint as loaded,
            coalesce(sum(duplicates_count), 0)::bigint as duplicates,
            coalesce(sum(skipped_count), 0)::bigint as skipped
        from ops.loaded_files where source = $source
        """,
        params={"source": source},
    ).pl().row(0, named=True)  # fmt: skip


def take_back(connection: duckdb.DuckDBPyConnection, source: str, contents: Sequence[str]) -> pl.DataFrame:
    """Forget what the ledger says of files that are read again; their rows stay in staging.

    Returns:
        ``content_hash`` and ``loaded_count``, for ``give_back``.
    """
    with registered(connection, contents=pl.DataFrame({"content_hash": list(contents)}, {"content_hash": pl.String})):
        loaded_before = connection.sql(
            "select content_hash, loaded_count from ops.loaded_files semi join contents using (content_hash) "
            "where source = $source",
            params={"source": source},
        ).pl()
        for table in ("ops.loaded_files", "ops.file_rules", "ops.rejected_rows"):
            connection.execute(f"delete from {table} where source = $1 and content_hash in (from contents)", [source])
    return loaded_before


def give_back(connection: duckdb.DuckDBPyConnection, source: str, loaded_before: pl.DataFrame) -> None:
    """Count rows as loaded again that met themselves when their file was read once more, and so were duplicates."""
    with registered(connection, loaded_before=loaded_before):
        connection.execute(
            """
            update ops.loaded_files as files
            set loaded_count = files.loaded_count + least(loaded_before.loaded_count, files.duplicates_count),
                duplicates_count = files.duplicates_count - least(loaded_before.loaded_count, files.duplicates_count)
            from loaded_before
            where files.source = $1 and files.content_hash = loaded_before.content_hash
            """,
            [source],
        )
