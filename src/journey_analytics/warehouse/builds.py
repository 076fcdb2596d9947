"""What the builds of the journey tables remember of each other: what decided them, and whom they recomputed."""

from dataclasses import asdict, dataclass
from datetime import datetime

import duckdb
import polars as pl

from journey_analytics.contracts import BUILDS
from journey_analytics.warehouse.connection import insert

_NUMBER_OF_RUN = "select min(build_number) as build_number from ops.builds where run_id = $1"
"""A run that was tried twice may have built twice: its file shows one of them, and the earlier is the safe one."""


@dataclass(frozen=True)
class Build:
    """A build: a row of ``ops.builds``."""

    build_number: int
    run_id: str
    as_of: datetime
    watermark_at: datetime | None
    identities_fingerprint: str
    key_fingerprint: str
    journeys_fingerprint: str
    is_whole: bool
    customers_count: int
    events_count: int
    inputs: str | None


def last_build(connection: duckdb.DuckDBPyConnection) -> Build | None:
    """The build that the journey tables show; None before the first."""
    rows = connection.sql("from ops.builds order by build_number desc limit 1").pl().rows(named=True)
    return Build(**rows[0]) if rows else None


def find_recomputed(
    connection: duckdb.DuckDBPyConnection, before: datetime | None, until: datetime | None, *, whole: bool
) -> int:
    """Whose journeys may differ from those of the last build: the temporary table ``recomputed``.

    They are the customers who gained or lost an identifier set, those of the sets that changed in staging, and those
    who have events between the watermarks of the two builds.

    Args:
        connection: Inside the build's transaction, after ``refresh_identities``.
        before: Watermark of the last build.
        until: Watermark of this one.
        whole: Whether it is everybody.

    Returns:
        How many they are.
    """
    everybody = "select distinct customer_key from journeys.identifier_sets where customer_key is not null"
    if whole:
        connection.execute(f"create or replace temp table recomputed as {everybody}")
    else:
        connection.execute(
            f"""
            create or replace temp table recomputed as
            with touched as (
                select set_key from ops.changed_sets
                union
                select set_key from staging.events
                where occurred_at > least($1, $2) and occurred_at <= greatest($1, $2) and $1 <> $2
            )
            from moved_customers
            union
            {everybody} and set_key in (from touched)
            """,
            [before, until],
        )
    return connection.sql("from recomputed").shape[0]


def choose_customers(connection: duckdb.DuckDBPyConnection, most: int | None) -> None:
    """Put customers into the temporary table ``recomputed``: all, or so many at most; their keys are hashes."""
    limit = "" if most is None else f"order by customer_key limit {most:d}"
    connection.execute(
        f"""
        create or replace temp table recomputed as
        select distinct customer_key from journeys.identifier_sets where customer_key is not null {limit}
        """
    )


def record_build(connection: duckdb.DuckDBPyConnection, build: Build, published_run: str | None) -> None:
    """Note a build and whom it recomputed; forget what the published file has already.

    Args:
        connection: Inside the build's transaction.
        build: The build.
        published_run: Run that the published file shows; None without one that tonight's could begin with.
    """
    insert(connection, BUILDS, pl.DataFrame([asdict(build)], schema=BUILDS.schema))
    connection.execute("delete from ops.changed_sets")
    if build.is_whole:
        connection.execute("delete from ops.recomputed_customers")
        return
    connection.execute(
        f"delete from ops.recomputed_customers where build_number <= ({_NUMBER_OF_RUN})", [published_run]
    )
    connection.execute(
        "insert into ops.recomputed_customers select $1, customer_key from recomputed", [build.build_number]
    )


def build_to_go_on_from(connection: duckdb.DuckDBPyConnection, published_run: str) -> int | None:
    """The build that a published file shows, if ``ops.recomputed_customers`` lists all whom later builds recomputed."""
    rows = connection.execute(
        f"""
        select build_number from ({_NUMBER_OF_RUN}) as shown
        where not exists (
            from ops.builds as builds
            where builds.build_number > shown.build_number and (
                is_whole or customers_count > 0 and not exists (
                    from ops.recomputed_customers as recomputed where recomputed.build_number = builds.build_number
                )
            )
        )
        """,
        [published_run],
    ).fetchall()
    return rows[0][0] if rows else None
