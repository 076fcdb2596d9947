"""Two builds side by side, from the changes that builds keep; the same from the state and from a published file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from journey_analytics.warehouse.month_changes import KEPT_BUILDS

_MEASURES = (
    "touchpoints", "interactions", "customers_active", "customers_started", "sessions", "journeys", "conversions",
    "customers_reached",
)  # fmt: skip


@dataclass(frozen=True)
class KeptBuild:
    """The last build of a run.

    Attributes:
        build_number: Its number.
        run_id: The run.
        as_of: Up to when the run was asked to look.
        watermark_at: Up to when data were complete; None without events.
        inputs: What decided the tables beside the data; empty for builds of which no changes are kept.
        is_kept: Whether its numbers can be told.
        is_published: Whether the run published its tables.
    """

    build_number: int
    run_id: str
    as_of: datetime
    watermark_at: datetime | None
    inputs: Mapping[str, str]
    is_kept: bool
    is_published: bool


def kept_builds(connection: duckdb.DuckDBPyConnection, published_run: str | None) -> list[KeptBuild]:
    """The last build of every run, newest first.

    Args:
        connection: The state, or a published file.
        published_run: Run of the published file, whose own steps may not tell.
    """
    rows: list[dict[str, Any]] = connection.sql(
        """
        select build_number, run_id, as_of, watermark_at, inputs,
            inputs is not null and max(build_number) over () - build_number < $kept as is_kept,
            coalesce(run_id = $run_id, false)
                or run_id in (select run_id from ops.runs where step = 'publish' and status = 'succeeded')
                as is_published
        from ops.builds
        qualify build_number = max(build_number) over (partition by run_id)
        order by build_number desc
        """,
        params={"kept": KEPT_BUILDS, "run_id": published_run},
    ).pl().rows(named=True)  # fmt: skip
    return [KeptBuild(**row | {"inputs": json.loads(row["inputs"] or "{}")}) for row in rows]


def inputs_between(connection: duckdb.DuckDBPyConnection, first: int, second: int) -> list[Mapping[str, str]]:
    """What decided the tables of each build from one to the other, in order."""
    rows = connection.execute(
        "select inputs from ops.builds where build_number between least($1, $2) and greatest($1, $2) "
        "and inputs is not null order by build_number",
        [first, second],
    ).fetchall()
    return [json.loads(row[0]) for row in rows]


def numbers_of(connection: duckdb.DuckDBPyConnection, first: int, second: int) -> pl.DataFrame:
    """The numbers of each month at two builds, and what changed them from one to the other.

    Returns:
        One row per number and cause, in reading order: ``month``, ``measure``, ``stage_model``, ``name``,
        ``first_count``, ``second_count``, ``cause`` and ``change_count``, null where the number is the same. What the
        causes of a number changed adds up to the difference of its counts.
    """
    return connection.sql(
        """
        with numbers as (
            select month, measure, stage_model, name,
                coalesce(sum(change_count) filter (build_number <= $first), 0)::bigint as first_count,
                coalesce(sum(change_count) filter (build_number <= $second), 0)::bigint as second_count
            from ops.month_changes group by all
        ),
        changes as (
            select month, measure, stage_model, name, cause,
                (sum(change_count) * if($first <= $second, 1, -1))::bigint as change_count
            from ops.month_changes
            where build_number > least($first, $second) and build_number <= greatest($first, $second)
            group by all having sum(change_count) <> 0
        )
        select numbers.*, changes.cause, changes.change_count
        from numbers
        left join changes using (month, measure, stage_model, name)
        left join journeys.stages as stages on numbers.stage_model = stages.stage_model and numbers.name = stages.stage
        where first_count <> 0 or second_count <> 0 or cause is not null
        order by month, list_position($measures, measure), numbers.stage_model, stage_index, numbers.name, cause
        """,
        params={"first": first, "second": second, "measures": list(_MEASURES)},
    ).pl()


def causes_of(connection: duckdb.DuckDBPyConnection, first: int, second: int) -> pl.DataFrame:
    """How many events and customers the causes touched from one build to the other.

    Returns:
        One row per ``month`` and ``cause``: ``events_count``, ``restaged_count``, ``customers_count``, added up over
        the builds.
    """
    return connection.sql(
        """
        select month, cause, sum(events_count)::bigint as events_count, sum(restaged_count)::bigint as restaged_count,
            sum(customers_count)::bigint as customers_count
        from ops.month_causes
        where build_number > least($first, $second) and build_number <= greatest($first, $second)
        group by all order by all
        """,
        params={"first": first, "second": second},
    ).pl()
