"""What the pipeline's own database knows of single events and customers."""

from dataclasses import dataclass

import duckdb
import polars as pl

from journey_analytics.warehouse.event_columns import DEVICE_KEY, Asked


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


def events_of_customer(connection: duckdb.DuckDBPyConnection, customer_key: int, asked: Asked) -> pl.DataFrame:
    """Analysed events of a customer, as the transforms read them."""
    device = f"{DEVICE_KEY} as device_key, " if asked.with_devices else ""
    return connection.sql(
        f"""
        select touchpoints.customer_key, {device}{asked.columns}
        from staging.events inner join journeys.touchpoints as touchpoints using (event_key)
        where touchpoints.customer_key = $customer_key
        """,
        params={"customer_key": customer_key, **asked.parameters},
    ).pl()


def stages_by_rule(connection: duckdb.DuckDBPyConnection, name: str) -> pl.DataFrame:
    """Touchpoints of an event name or type by model, stage and rule, most frequent first, each with an example."""
    return connection.sql(
        """
        with counted as (
            select stages_code, is_interaction, count(*) as touchpoints_count, min(event_id) as example
            from journeys.touchpoints inner join staging.events using (event_key)
            where event_type = $name or event_name = $name
            group by all
        )
        select stage_model, stage, rule_id, is_interaction, cast(sum(touchpoints_count) as bigint) as touchpoints_count,
            min(example) as example
        from counted inner join journeys.stage_codes as codes
            on (counted.stages_code // codes.unit) % codes.codes_count = codes.code
        group by all
        order by stage_model, touchpoints_count desc, stage, rule_id
        """,
        params={"name": name},
    ).pl()


def customers_named(connection: duckdb.DuckDBPyConnection, name: str) -> list[int]:
    """Customers with a published customer id, or who own an identifier of this value; an e-mail in any case."""
    rows = connection.execute(
        """
        select distinct customer_key from journeys.identities
        where printf('%016x', customer_key) = lower($name) or value = $name or value = lower(trim($name))
        order by customer_key
        """,
        {"name": name},
    ).fetchall()
    return [row[0] for row in rows]


def linked_sets(connection: duckdb.DuckDBPyConnection, customer_key: int) -> pl.DataFrame:
    """Identifier sets of the components that a customer's identifiers are in, his and those of others."""
    return connection.sql(
        """
        select * exclude (component_key) from journeys.identifier_sets
        where component_key in (select component_key from journeys.identities where customer_key = $1)
        """,
        params=[customer_key],
    ).pl()


def linked_identities(connection: duckdb.DuckDBPyConnection, customer_key: int) -> pl.DataFrame:
    """``kind``, ``value``, ``customer_key`` and ``rule`` of the identifiers of the same components."""
    return connection.sql(
        """
        select kind, value, customer_key, rule from journeys.identities
        where component_key in (select component_key from journeys.identities where customer_key = $1)
        """,
        params=[customer_key],
    ).pl()


def identity_changes_of(connection: duckdb.DuckDBPyConnection, name: str) -> pl.DataFrame:
    """Rows of ``ops.identity_changes`` about a published customer id, earliest first, with published ids."""
    return connection.sql(
        """
        select run_id, change, printf('%016x', customer_key_before) as customer_id_before,
            printf('%016x', customer_key_after) as customer_id_after, events_count
        from ops.identity_changes
        where lower($1) in (customer_id_before, customer_id_after)
        order by build_number, customer_id_before, customer_id_after
        """,
        params=[name],
    ).pl()


def journeys_of_customer(connection: duckdb.DuckDBPyConnection, customer_key: int, model: str) -> pl.DataFrame:
    """Journeys of a customer by a stage model, in order."""
    return connection.sql(
        """
        select journey_index, started_at, last_interaction_at, lapses_at, goal_reached_at, stages, touchpoints_count
        from journeys.journeys where customer_key = $1 and stage_model = $2 order by journey_index
        """,
        params=[customer_key, model],
    ).pl()
