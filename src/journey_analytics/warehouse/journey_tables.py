"""The journey tables of the pipeline's own database: what is read to compute them, and how they are replaced."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import polars as pl

from journey_analytics.config import JourneySection
from journey_analytics.contracts import SOURCE_STATUS, STAGE_CODES, STAGES
from journey_analytics.stage_model import StageModel
from journey_analytics.transform.bucket import TABLES, BucketTables
from journey_analytics.transform.stage_codes import stage_code_rows
from journey_analytics.warehouse.connection import insert, qualified, replace_all
from journey_analytics.warehouse.event_columns import DEVICE_KEY, Asked

HELD_BACK = "epoch_us(occurred_at) - epoch_us(coalesce(received_at, $as_of)) > 86400000000"
"""SQL of whether an event of ``staging.events`` claims to have happened after it arrived; ``as_of`` is a parameter.

In whole microseconds, because intervals are added by the calendar, which takes a hundred times as long."""


def source_status(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[str], required: Sequence[str], as_of: datetime
) -> pl.DataFrame:
    """State of each source as of a time, without the counts that need the overall watermark and the identities.

    Returns:
        ``source``, ``is_required``, ``events_count``, ``held_back_count``, ``first_occurred_at``, ``watermark_at`` (the
        latest event not after ``as_of`` that is not held back).
    """
    return connection.sql(
        f"""
        select source, list_contains($required, source) as is_required, count(events.event_key) as events_count,
            count(*) filter ({HELD_BACK}) as held_back_count,
            min(occurred_at) as first_occurred_at,
            max(occurred_at) filter (occurred_at <= $as_of and not ({HELD_BACK})) as watermark_at
        from (select unnest($sources::varchar[]) as source) as declared
        left join staging.events using (source)
        group by source
        order by source
        """,
        params={"sources": list(sources), "required": list(required), "as_of": as_of},
    ).pl()


def watermark(status: pl.DataFrame) -> datetime | None:
    """How far the data are complete: the least watermark of the required sources, else the greatest of all."""
    required = status.filter("is_required")
    if required.is_empty():
        return status.select(pl.col("watermark_at").max()).item()
    if required["watermark_at"].null_count():
        return None
    return required.select(pl.col("watermark_at").min()).item()


def save_source_status(
    connection: duckdb.DuckDBPyConnection, status: pl.DataFrame, as_of: datetime, until: datetime | None
) -> None:
    """Write ``ops.source_status``; needs the identity tables."""
    counts = connection.sql(
        f"""
        select source, count(*) filter (customer_key is null and occurred_at <= $as_of) as unidentified_count,
            count(*) filter (occurred_at > $until and not ({HELD_BACK})) as after_watermark_count,
            count(*) filter (customer_key is not null and occurred_at <= $until and not ({HELD_BACK}))
                as analysed_count
        from staging.events left join journeys.identifier_sets using (set_key)
        group by source
        """,
        params={"as_of": as_of, "until": until},
    ).pl()
    full = status.join(counts, on="source", how="left").with_columns(
        pl.col("unidentified_count", "after_watermark_count", "analysed_count").fill_null(0)
    )
    replace_all(connection, SOURCE_STATUS, full)


@dataclass(frozen=True)
class Scope:
    """Which events are analysed: those of some sources, up to the watermark, not held back."""

    sources: Sequence[str]
    as_of: datetime
    until: datetime | None

    @property
    def condition(self) -> str:
        """The same in SQL about ``staging.events``, with parameters."""
        return f"list_contains($sources, source) and occurred_at <= $until and not ({HELD_BACK})"

    @property
    def parameters(self) -> dict[str, object]:
        """Values of the parameters."""
        return {"sources": list(self.sources), "as_of": self.as_of, "until": self.until}


_OWNERS = "journeys.identifier_sets semi join recomputed using (customer_key)"


def recomputed_events_count(connection: duckdb.DuckDBPyConnection, scope: Scope) -> int:
    """How many events the customers in ``recomputed`` have."""
    return connection.execute(
        f"select count(*) from staging.events join (from {_OWNERS}) using (set_key) where {scope.condition}",
        scope.parameters,
    ).fetchall()[0][0]


def bucket_events(
    connection: duckdb.DuckDBPyConnection, scope: Scope, bucket: int, buckets: int, asked: Asked
) -> pl.DataFrame:
    """Analysed events of the customers in ``recomputed`` of one bucket.

    Args:
        connection: With the temporary table ``recomputed``.
        scope: Which events are analysed.
        bucket: Number of the bucket.
        buckets: How many there are.
        asked: What is read beside the columns that always are.
    """
    device = [f"{DEVICE_KEY} as device_key"] if asked.with_devices else []
    owners = f"select {', '.join(['set_key', 'customer_key', *device])} from {_OWNERS}"
    return connection.sql(
        f"""
        select owners.* exclude (set_key), {asked.columns}
        from staging.events
        join ({owners} where customer_key % $buckets = $bucket) as owners using (set_key)
        where {scope.condition}
        """,
        params={"buckets": buckets, "bucket": bucket, **scope.parameters, **asked.parameters},
    ).pl()


def replace_journeys(connection: duckdb.DuckDBPyConnection, results: Iterable[BucketTables], *, whole: bool) -> None:
    """Replace what the journey tables have of the customers in ``recomputed``, or everything, by new results."""
    for table in TABLES:
        condition = "" if whole else "where customer_key in (from recomputed)"
        connection.execute(f"delete from {qualified(table.name)} {condition}")
    for result in results:
        for table in TABLES:
            insert(connection, table, result.of(table))
        del result  # or it would stay in memory until the next is there


def journey_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Sizes of the journey layer."""
    return connection.sql(
        """
        select count(distinct customer_key) as customers_count, count(distinct session_key) as sessions_count,
            count(*) as touchpoints_count
        from journeys.touchpoints
        """
    ).pl().row(0, named=True)  # fmt: skip


def save_stages(connection: duckdb.DuckDBPyConnection, models: Sequence[StageModel], journeys: JourneySection) -> None:
    """Write ``journeys.stages``, with the limits of silence in use, and ``journeys.stage_codes``."""
    unset = "default" if journeys.is_learned else "setting"
    rows = [
        {
            "stage_model": model.name,
            "stage": stage.name,
            "stage_index": index,
            "title": stage.title,
            "description": stage.description,
            "is_goal": stage.is_goal,
            "is_main_model": model is models[0],
            "lapse_after_microseconds": stage.limit(journeys.default_limit) // timedelta(microseconds=1),
            "lapse_origin": "stage_model" if stage.lapse_after else "learned" if stage.learned_lapse_after else unset,
        }
        for model in models
        for index, stage in enumerate(model.stages, start=1)
    ]
    replace_all(connection, STAGES, pl.DataFrame(rows, schema=STAGES.schema))
    replace_all(connection, STAGE_CODES, stage_code_rows(models))
