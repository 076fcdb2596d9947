"""Who is who, kept between builds: only components of identifier sets that something changed are decided anew.

A rule of identity never looks beyond a component, the sets that share identifiers directly or through others. So the
components that changed sets belonged to, or that their identifiers now reach, are taken out and decided as a whole; the
result is what all sets together would give.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from journey_analytics.config import SharedDevice
from journey_analytics.contracts import IDENTIFIER_SETS, IDENTITIES, IDENTITY_FINDINGS
from journey_analytics.transform.identities import IDENTIFIER_COLUMNS, members_of_sets, resolve_identities
from journey_analytics.warehouse.connection import insert, registered
from journey_analytics.warehouse.customer_keys import customer_keys
from journey_analytics.warehouse.identifier_sets import LINK_COLUMNS, set_key_sql
from journey_analytics.warehouse.identity_parts import SETS_PER_PART, independent_parts
from journey_analytics.warehouse.journey_tables import HELD_BACK

_LISTED = ", ".join(IDENTIFIER_COLUMNS)
_SET_COLUMNS = ("set_key", *IDENTIFIER_COLUMNS, "first_occurred_at", "last_occurred_at")
_OF_LINKS = ", ".join(name if name in LINK_COLUMNS else f"null as {name}" for name in IDENTIFIER_COLUMNS)
_LAST_ON_DEVICE = f"""
    max(occurred_at) filter (
        coalesce(anonymous_id, device_id, previous_id) is not null and coalesce(user_id, previous_id) is not null
        and not ({HELD_BACK})
    )
"""
"""When a user was last seen on a device. A clock that is far ahead does not decide whose the device is."""


@dataclass(frozen=True)
class IdentityRules:
    """What decides who is who beside the links."""

    blocked_values: Sequence[str]
    max_values: int
    key: bytes
    shared_device: SharedDevice = "own_profile"


def has_customers(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a build made customer ids already."""
    return connection.sql("select count(*) > 0 from journeys.identities").fetchall()[0][0]


def note_sets_between(connection: duckdb.DuckDBPyConnection, one: datetime, other: datetime) -> None:
    """Count the identifier sets as changed that have events between the ``as_of`` of two builds."""
    connection.execute(
        """
        insert into ops.changed_sets
        select distinct set_key from staging.events
        where set_key is not null and occurred_at > least($1, $2) and occurred_at <= greatest($1, $2)
        """,
        [one, other],
    )


def refresh_identities(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[str],
    as_of: datetime,
    rules: IdentityRules,
    *,
    whole: bool,
    sets_per_part: int = SETS_PER_PART,
) -> None:
    """Bring the identity tables up to date.

    Afterwards the temporary table ``moved_sets`` says which sets changed hands, ``moved_customers`` lists the customers
    who gained or lost one, and ``sets_before`` has the sets that were looked at as they stood.

    Args:
        connection: Inside the build's transaction.
        sources: Sources that count.
        as_of: Events up to this time count.
        rules: The settings of identity, and the key of customer ids.
        whole: Whether to decide all sets anew; else those that ``ops.changed_sets`` reach.
        sets_per_part: How many sets are decided at a time; changes nothing but the memory needed.
    """
    _find_fresh_sets(connection, sources, as_of, rules, whole=whole)
    _take_out_affected(connection, rules, whole=whole)
    if not whole:
        listed = ", ".join(_SET_COLUMNS)
        connection.execute(
            f"insert into fresh_sets by name select {listed} from sets_before anti join looked_at using (set_key)"
        )
    connection.execute("drop table if exists deciding")
    connection.execute("alter table fresh_sets rename to deciding")
    empty = "select set_key, customer_key from journeys.identifier_sets limit 0"
    connection.execute(f"create or replace temp table owners_now as {empty}")
    for sets in independent_parts(connection, rules.blocked_values, sets_per_part):
        _decide(connection, sets.cast({name: IDENTIFIER_SETS.schema[name] for name in _SET_COLUMNS}), rules)
    connection.execute(
        """
        create or replace temp table moved_sets as
        select set_key, before.customer_key as customer_key_before, now.customer_key as customer_key_after
        from sets_before as before full join owners_now as now using (set_key)
        where before.customer_key is distinct from now.customer_key
        """
    )
    connection.execute("drop table owners_now")
    connection.execute(
        """
        create or replace temp table moved_customers as
        select customer_key
        from (select unnest([customer_key_before, customer_key_after]) as customer_key from moved_sets)
        where customer_key is not null
        group by customer_key
        """
    )


def _decide(connection: duckdb.DuckDBPyConnection, sets: pl.DataFrame, rules: IdentityRules) -> None:
    """Decide who is who among some sets, and write it."""
    found = resolve_identities(sets, rules.blocked_values, rules.max_values, rules.shared_device)
    keys = customer_keys(connection, found.identifiers, rules.key)
    owners = found.sets.join(keys, on=["owner_kind", "owner_value"]).select("set_key", "component_key", "customer_key")
    identities = found.identifiers.join(keys, on=["owner_kind", "owner_value"])
    insert(connection, IDENTIFIER_SETS, sets.join(owners, on="set_key", how="left"))
    insert(connection, IDENTITIES, identities.select(IDENTITIES.column_names))
    insert(connection, IDENTITY_FINDINGS, found.findings)
    with registered(connection, owners=owners):
        connection.execute("insert into owners_now select set_key, customer_key from owners")


def _find_fresh_sets(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[str], as_of: datetime, rules: IdentityRules, *, whole: bool
) -> None:
    """``looked_at``: keys of the sets that may differ. ``fresh_sets``: those of them that staging has now."""
    changed = "select distinct set_key from ops.changed_sets"
    connection.execute(f"create or replace temp table looked_at as {changed}")
    only = "" if whole else "semi join looked_at using (set_key)"
    last = _LAST_ON_DEVICE if rules.shared_device == "last_user" else "null"
    connection.execute(
        f"""
        create or replace temp table fresh_sets as
        with carried as (
            select set_key, {_LISTED}, occurred_at, received_at
            from staging.events {only}
            where list_contains($sources, source) and occurred_at <= $as_of and set_key is not null
            union all
            select * from (
                select {set_key_sql(LINK_COLUMNS)} as set_key, {_OF_LINKS}, null as occurred_at, null as received_at
                from staging.reference_links
                where list_contains($sources, source)
            ) {only}
            where set_key is not null
        )
        select set_key, {", ".join(f"any_value({name}) as {name}" for name in IDENTIFIER_COLUMNS)},
            min(occurred_at) as first_occurred_at, ({last})::timestamptz as last_occurred_at
        from carried
        group by set_key
        """,
        {"sources": list(sources), "as_of": as_of},
    )
    if whole:
        return
    # What staging says of a set as before is not looked at further.
    connection.execute(
        """
        create or replace temp table same_sets as
        select set_key from fresh_sets inner join journeys.identifier_sets as before using (set_key)
        where fresh_sets.first_occurred_at is not distinct from before.first_occurred_at
            and fresh_sets.last_occurred_at is not distinct from before.last_occurred_at
        """
    )
    for name in ("looked_at", "fresh_sets"):
        connection.execute(f"delete from {name} where set_key in (from same_sets)")


def _take_out_affected(connection: duckdb.DuckDBPyConnection, rules: IdentityRules, *, whole: bool) -> None:
    """Move the components that fresh and vanished sets reach out of the tables; ``sets_before`` has their sets."""
    if whole:
        connection.execute("create or replace temp table sets_before as from journeys.identifier_sets")
        for table in (IDENTIFIER_SETS, IDENTITIES, IDENTITY_FINDINGS):
            connection.execute(f"delete from {table.name}")
        return
    with registered(connection, reached=_reached_identifiers(connection, rules)):
        connection.execute(
            """
            create or replace temp table affected as
            select component_key from journeys.identifier_sets semi join looked_at using (set_key)
            where component_key is not null
            union
            select component_key from journeys.identities semi join reached using (kind, value)
            """
        )
    within = "component_key in (from affected) or set_key in (from looked_at)"
    connection.execute(f"create or replace temp table sets_before as from journeys.identifier_sets where {within}")
    connection.execute(f"delete from journeys.identifier_sets where {within}")
    members = "select kind, value from journeys.identities where component_key in (from affected)"
    connection.execute(f"delete from ops.identity_findings where (kind, value) in ({members})")
    connection.execute("delete from journeys.identities where component_key in (from affected)")


def _reached_identifiers(connection: duckdb.DuckDBPyConnection, rules: IdentityRules) -> pl.DataFrame:
    """Identifiers of the fresh sets: ``kind`` and ``value``."""
    parts = connection.sql("from fresh_sets").to_arrow_reader(SETS_PER_PART)
    found = [members_of_sets(pl.DataFrame(part), rules.blocked_values).select("kind", "value") for part in parts]
    return pl.concat(found).unique() if found else IDENTITIES.empty().select("kind", "value")
