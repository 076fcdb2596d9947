"""A whole pipeline in memory, from events written as a table."""

import tomllib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from journey_analytics import marts
from journey_analytics.config import JourneySection, SessionSection, Settings
from journey_analytics.contracts import EVENTS, SETTINGS
from journey_analytics.stage_model import StageModel, load_stage_model, read_stage_model
from journey_analytics.transform.bucket import BucketTables, transform_bucket
from journey_analytics.transform.rule_columns import identifier_column, property_column, rule_columns
from journey_analytics.warehouse.connection import connect, insert
from journey_analytics.warehouse.journey_tables import replace_journeys, save_stages
from journey_analytics.warehouse.sql_models import make_tables
from journey_analytics.warehouse.state_tables import create_state_tables
from tests.tables import events, moment, name_of

LIFECYCLE = load_stage_model("lifecycle", Path())


def settings(*, lapse_after: str = "30d", timeout: str = "30m", max_duration: str = "24h") -> Settings:
    """Settings of a project, as journey.toml would write them."""
    return Settings(
        sessions=SessionSection.model_validate({"timeout": timeout, "max_duration": max_duration}),
        journeys=JourneySection.model_validate({"lapse_after": lapse_after}),
    )


def written_settings(text: str) -> Settings:
    """Settings that a journey.toml with this text gives."""
    return Settings.model_validate(tomllib.loads(text))


def model(tmp_path: Path, text: str) -> StageModel:
    """A stage model written as TOML."""
    path = tmp_path / "stages.toml"
    path.write_text(text, encoding="utf-8")
    return read_stage_model(path)


STEPS = """
name = "steps"
[[stages]]
name = "see"
[[stages]]
name = "try"
[[stages]]
name = "buy"
is_goal = true
[[rules]]
stage = "see"
event_type = "page_view"
[[rules]]
stage = "try"
event_type = "feature_used"
[[rules]]
stage = "buy"
event_type = "purchase"
"""
"""A model whose stages are events: see a page, try a feature, buy."""


def travel(
    given: str | pl.DataFrame, stage_model: StageModel = LIFECYCLE, project: Settings | None = None
) -> BucketTables:
    """Journey tables of events."""
    frame = with_asked(events(given) if isinstance(given, str) else given, stage_model)
    return transform_bucket(with_devices(frame), [stage_model], project or settings())


def with_devices(frame: pl.DataFrame) -> pl.DataFrame:
    """Events with numbers of devices, as the warehouse gives them where sessions never span devices."""
    devices = [pl.format(f"{kind} {{}}", kind) for kind in ("anonymous_id", "device_id")]
    return frame.with_columns(device_key=pl.coalesce(devices).rank("dense").cast(pl.UInt64).fill_null(0))


def with_asked(frame: pl.DataFrame, stage_model: StageModel) -> pl.DataFrame:
    """Events with the properties and identifiers that the rules look at, as the warehouse gives them."""
    asked = rule_columns([stage_model])
    return frame.with_columns(
        *(pl.col("properties").str.json_path_match(f"$.{path}").alias(property_column(path)) for path in asked.paths),
        *(pl.col(kind).is_not_null().alias(identifier_column(kind)) for kind in asked.identifiers),
    )


def named(frame: pl.DataFrame, given: pl.DataFrame | None = None) -> pl.DataFrame:
    """A journey table with the names of customers and events in the place of their keys."""
    result = frame.with_columns(
        customer=pl.col("customer_key").map_elements(name_of, return_dtype=pl.String),
    )
    if given is not None and "event_key" in frame.columns:
        result = result.join(
            given.select("event_key", pl.col("event_id").alias("event"), at="occurred_at"), on="event_key", how="left"
        )
    return result


def publish(
    given: str,
    until: str,
    stage_models: Sequence[StageModel] = (LIFECYCLE,),
    project: Settings | None = None,
    time_zone: str = "UTC",
) -> duckdb.DuckDBPyConnection:
    """All tables of a published file, in memory, from events up to a watermark."""
    return publish_frame(events(given), moment(until), stage_models, project, time_zone)


def publish_frame(
    frame: pl.DataFrame,
    watermark: datetime,
    stage_models: Sequence[StageModel] = (LIFECYCLE,),
    project: Settings | None = None,
    time_zone: str = "UTC",
) -> duckdb.DuckDBPyConnection:
    """The same from a frame of events."""
    used = project or settings()
    connection = connect()
    connection.execute("attach ':memory:' as state")
    connection.execute("use state")
    create_state_tables(connection)
    insert(connection, EVENTS, frame.drop("customer_key"))
    analysed = frame.filter(pl.col("occurred_at") <= watermark)
    replace_journeys(connection, [transform_bucket(analysed, list(stage_models), used)], whole=True)
    save_stages(connection, list(stage_models), used.journeys)
    row = {
        "run_id": "test",
        "tables_fingerprint": "test",
        "project": "test",
        "version": "0",
        "time_zone": time_zone,
        "as_of": watermark,
        "watermark_at": watermark,
        "main_stage_model": stage_models[0].name,
        "lapse_after_microseconds": used.journeys.default_limit // timedelta(microseconds=1),
        "session_timeout_microseconds": used.sessions.timeout // timedelta(microseconds=1),
        "return_horizon_microseconds": used.journeys.return_horizon // timedelta(microseconds=1),
        "most_returning": used.journeys.most_returning,
        "lapse_version": None,
        "lapse_learned_until": None,
        "max_unmapped_rate": 0.05,
        "max_rejected_rate": 0.05,
    }
    insert(connection, SETTINGS, pl.DataFrame([row], schema=SETTINGS.schema))
    connection.execute("use memory")
    make_tables(connection, marts.discover())
    return connection


def customer_names(frame: pl.DataFrame) -> pl.DataFrame:
    """A published table with names in the place of pseudonymous ids (which are keys in hexadecimal digits here)."""
    return frame.with_columns(
        customer=pl.col("customer_id").map_elements(lambda text: name_of(int(text, 16)), return_dtype=pl.String)
    )
