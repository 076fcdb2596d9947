"""What the pipeline's own database knows of single events and customers."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from journey_analytics.warehouse.journey_tables import event_columns_sql, property_parameters


@dataclass(frozen=True)
class EventOwner:
    """An event and its customer."""

    event_key: int
    customer_key: int


def customer_of_event(connection: duckdb.DuckDBPyConnection, name: str) -> EventOwner | None:
    """The touchpoint with an event id or a published touchpoint id; None when there is none."""
    rows = connection.execute(
        """
        select event_key, customer_key
        from journeys.touchpoints
        inner join staging.events using (event_key)
        where event_id = $name or printf('%016x', event_key) = lower($name)
        """,
        {"name": name},
    ).fetchall()
    return EventOwner(*rows[0]) if rows else None


def events_of_customer(connection: duckdb.DuckDBPyConnection, customer_key: int, paths: Sequence[str]) -> pl.DataFrame:
    """Analysed events of a customer, as the transforms read them."""
    return connection.sql(
        f"""
        select touchpoints.customer_key, {event_columns_sql(paths)}
        from staging.events inner join journeys.touchpoints as touchpoints using (event_key)
        where touchpoints.customer_key = $customer_key
        """,
        params={"customer_key": customer_key, **property_parameters(paths)},
    ).pl()


def stages_by_rule(connection: duckdb.DuckDBPyConnection, name: str) -> pl.DataFrame:
    """Touchpoints of an event name or type, counted by stage and rule, most frequent first, each with an example."""
    return connection.sql(
        """
        select stage, rule_id, is_interaction, count(*) as touchpoints_count, min(event_id) as example
        from journeys.touchpoints inner join staging.events using (event_key)
        where event_type = $name or event_name = $name
        group by all
        order by touchpoints_count desc, stage, rule_id
        """,
        params={"name": name},
    ).pl()
