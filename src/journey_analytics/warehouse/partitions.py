"""Sources that are exported anew as a whole, part by part: the newest export of a part replaces the older ones.

A vendor's day table is rewritten for days after the day, and an intraday table is repeated by the daily one. The
partition is the day, its version the export; the greatest version stands, whatever came first. A file that is written
over in place has no version to tell: there, what stood in the file before is forgotten with its partitions, and the
other files of these partitions are read again (``steps/rewritten_files.py`` says which).
"""

from collections.abc import Sequence

import duckdb
import polars as pl

from journey_analytics.contracts import FILE_PARTITIONS
from journey_analytics.warehouse.changed_events import note_leaving
from journey_analytics.warehouse.connection import insert, registered

_INCOMING = ("incoming_events", "incoming_rows")
_STORED = ("staging.events", "staging.source_rows")


def supersede(connection: duckdb.DuckDBPyConnection, source: str) -> pl.DataFrame:
    """Let the newest version of each partition of the load stand, in the load and in staging.

    Rows of older versions leave. What a file had loaded of them counts as duplicates from now on, as it would have if
    it had come later.

    Returns:
        Rows of the load that an equal or earlier load supersedes: ``file_index`` and ``duplicates_count``.
    """
    arrived = " union all ".join(f"select partition, partition_version as version from {name}" for name in _INCOMING)
    connection.execute(
        f"""
        create or replace temp table newest as
        select partition, max(version) as version
        from (
            select partition, coalesce(version, '') as version from ({arrived}) where partition is not null
            union all
            select partition, version from staging.partitions where source = $source
        )
        group by partition
        """,
        {"source": source},
    )
    late = [
        connection.sql(
            f"""
            select file_index, count(*) as duplicates_count
            from {name} inner join newest using (partition)
            where coalesce(partition_version, '') < newest.version
            group by file_index
            """
        ).pl()
        for name in _INCOMING
    ]
    for name in _INCOMING:
        connection.execute(
            f"""
            delete from {name} using newest
            where {name}.partition = newest.partition and coalesce(partition_version, '') < newest.version
            """
        )
    _forget_older(connection, source)
    connection.execute("delete from staging.partitions where source = $1", [source])
    connection.execute("insert into staging.partitions select $1, partition, version from newest", [source])
    return pl.concat(late).group_by("file_index").agg(pl.col("duplicates_count").sum())


def _forget_older(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Take stored rows of older versions out, and correct what their files say they loaded."""
    connection.execute(
        """
        create or replace temp table outdated as
        select stored.partition from staging.partitions as stored inner join newest using (partition)
        where stored.source = $1 and stored.version < newest.version
        """,
        [source],
    )
    _delete_outdated(connection, source, _STORED)
    connection.execute(
        """
        update ops.loaded_files as files
        set loaded_count = loaded_count - lost.rows_count, duplicates_count = duplicates_count + lost.rows_count
        from (
            select content_hash, sum(loaded_count)::bigint as rows_count
            from ops.file_partitions where source = $1 and partition in (from outdated) group by content_hash
        ) as lost
        where files.source = $1 and files.content_hash = lost.content_hash
        """,
        [source],
    )
    connection.execute(
        "update ops.file_partitions set loaded_count = 0 where source = $1 and partition in (from outdated)", [source]
    )


def record_partitions(connection: duckdb.DuckDBPyConnection, partitions: pl.DataFrame) -> None:
    """Note which partitions the files of a load hold rows of."""
    insert(connection, FILE_PARTITIONS, partitions)


def partitions_of_load(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """``file_index``, ``partition`` and ``version`` of the load's rows, before any of them leaves."""
    listed = " union all ".join(f"select file_index, partition, partition_version from {name}" for name in _INCOMING)
    return connection.sql(
        f"""
        select file_index, partition, coalesce(max(partition_version), '') as version
        from ({listed}) where partition is not null group by all order by all
        """
    ).pl()


def neighbours(connection: duckdb.DuckDBPyConnection, source: str, contents: Sequence[str]) -> dict[str, str]:
    """Contents and paths of files that share a standing partition with these contents, directly or through others.

    Older exports, which a newer one superseded, do not count: nothing of theirs stands.
    """
    found = _sharing(connection, source, contents)
    while len(more := _sharing(connection, source, list(found))) > len(found):
        found = more
    return found


def _sharing(connection: duckdb.DuckDBPyConnection, source: str, contents: Sequence[str]) -> dict[str, str]:
    with registered(connection, contents=pl.DataFrame({"content_hash": list(contents)})):
        rows = connection.execute(
            """
            with standing as (
                select content_hash, partition from ops.file_partitions
                inner join staging.partitions using (source, partition, version)
                where source = $source
            )
            select distinct content_hash, path
            from standing inner join ops.loaded_files using (content_hash)
            where loaded_files.source = $source
                and partition in (select partition from standing semi join contents using (content_hash))
            order by path
            """,
            {"source": source},
        ).fetchall()
    return dict(rows)


def replaced_contents(connection: duckdb.DuckDBPyConnection, source: str) -> set[str]:
    """Contents of which nothing stands any more, because newer exports replaced all of their partitions."""
    rows = connection.execute(
        """
        select content_hash from ops.file_partitions
        left join staging.partitions using (source, partition, version)
        where source = $1
        group by content_hash having count(partitions.version) = 0
        """,
        [source],
    ).fetchall()
    return {row[0] for row in rows}


def older_exports(connection: duckdb.DuckDBPyConnection, source: str, contents: Sequence[str]) -> dict[str, str]:
    """Contents and paths of the exports that these contents had replaced, where the load brings nothing as new."""
    arrived = " union all ".join(f"select partition, partition_version as version from {name}" for name in _INCOMING)
    with registered(connection, contents=pl.DataFrame({"content_hash": list(contents)})):
        rows = connection.execute(
            f"""
            with lost as (
                select distinct partition, version from ops.file_partitions
                inner join staging.partitions using (source, partition, version)
                where source = $source and content_hash in (from contents)
            ),
            newest as (select partition, max(coalesce(version, '')) as version from ({arrived}) group by partition)
            select distinct content_hash, path
            from ops.file_partitions inner join ops.loaded_files using (source, content_hash)
            where source = $source and content_hash not in (from contents) and partition in (
                select partition from lost left join newest using (partition)
                where newest.version is null or newest.version < lost.version
            )
            order by path
            """,
            {"source": source},
        ).fetchall()
    return dict(rows)


def forget_contents(connection: duckdb.DuckDBPyConnection, source: str, contents: Sequence[str]) -> None:
    """Remove the partitions that these contents stand for, and the contents from the ledger."""
    with registered(connection, contents=pl.DataFrame({"content_hash": list(contents)})):
        connection.execute(
            """
            create or replace temp table outdated as
            select distinct partition from ops.file_partitions
            inner join staging.partitions using (source, partition, version)
            where source = $1 and content_hash in (from contents)
            """,
            [source],
        )
        _delete_outdated(connection, source, (*_STORED, "staging.partitions"))
        for name in ("ops.loaded_files", "ops.file_rules", "ops.file_partitions", "ops.rejected_rows"):
            connection.execute(f"delete from {name} where source = $1 and content_hash in (from contents)", [source])


def _delete_outdated(connection: duckdb.DuckDBPyConnection, source: str, tables: Sequence[str]) -> None:
    condition = "source = $1 and partition in (from outdated)"
    note_leaving(connection, f"from staging.events where {condition}", [source])
    for name in tables:
        connection.execute(f"delete from {name} where {condition}", [source])
