"""Logs in DuckDB, with the same as frames: what macros and analyses in Python are held to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from journey_analytics.config import Project
from journey_analytics.warehouse.connection import connect, opened, registered
from journey_analytics.warehouse.sql_files import sql_files

START = datetime(2026, 3, 20, tzinfo=UTC)
"""A week before clocks change in the zone of the random logs."""
ZONE = "Europe/Prague"
OF_TOUCHPOINTS = ("items", "funnel", "paths", "retention", "funnel_any_order", "eventually_follows", "rework")
"""Macros that need no other table than touchpoints and settings; the first is asked by others."""


@dataclass(frozen=True)
class Log:
    """Interactions somewhere in DuckDB, and the same as a frame."""

    connection: duckdb.DuckDBPyConnection
    events: pl.DataFrame
    watermark_at: datetime

    def ask(self, call: str) -> pl.DataFrame:
        """All rows of a macro's answer."""
        return self.connection.sql(f"from {call}").pl()


def create_macros(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Create these macros, in this order."""
    by_name = {macro.path.stem: macro for macro in sql_files("macros")}
    for name in names:
        connection.execute(f"create macro marts.{by_name[name].one('macro')} as table {by_name[name].query}")


@pytest.fixture(scope="module")
def published(sample: Project) -> Path:
    return sample.published_database


@pytest.fixture(scope="module")
def of_sample(published: Path) -> Iterator[Log]:
    with opened(published, read_only=True) as connection:
        events = connection.sql("from journeys.touchpoints where is_interaction").pl()
        watermark_at = connection.sql("select watermark_at from ops.settings").fetchall()[0][0]
        yield Log(connection, events, watermark_at)


@pytest.fixture(params=range(6))
def at_random(request: pytest.FixtureRequest) -> Iterator[Log]:
    """Few names, few instants, several events in one of them: what tells one reading of a funnel from another."""
    random = np.random.default_rng(request.param)
    size, customers, minutes = 900, 60, int(random.choice([40, 4_000, 40_000]))
    minute = np.sort(random.integers(0, minutes, size))
    customer = random.integers(0, customers, size)
    events = pl.DataFrame(
        {
            "customer_id": [f"c{number:02}" for number in customer],
            "session_id": [f"s{number:02}.{at // 300}" for number, at in zip(customer, minute, strict=True)],
            "touchpoint_index": np.arange(size),
            "occurred_at": [START + timedelta(minutes=int(at)) for at in minute],
            "event_type": random.choice(["a", "b", "c"], size, p=[0.5, 0.3, 0.2]),
            "event_name": "none",
            "channel": random.choice(["web", "email"], size),
            "stage": pl.Series(random.choice(["x", "y", ""], size)).replace("", None),
            "is_interaction": True,
        }
    )
    watermark_at = START + timedelta(minutes=minutes)
    settings = pl.DataFrame({"time_zone": [ZONE], "watermark_at": [watermark_at]})
    with connect() as connection, registered(connection, events=events, settings=settings):
        for schema in ("marts", "journeys", "ops"):
            connection.execute(f"create schema {schema}")
        connection.execute("create table journeys.touchpoints as from events")
        connection.execute("create table ops.settings as from settings")
        create_macros(connection, OF_TOUCHPOINTS)
        yield Log(connection, events, watermark_at)
