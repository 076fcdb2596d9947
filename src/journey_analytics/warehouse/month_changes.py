"""Why the numbers of a month are not those of the last build: counted at the build, which knows both (docs/adr/0021).

Per build, only changes are kept, each with its cause; the number of a build is the sum of all changes up to it. So
what a run showed and why a later one shows something else cannot contradict each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from journey_analytics.transform.customer_groups import customer_groups
from journey_analytics.warehouse.connection import registered
from journey_analytics.warehouse.month_items import BEFORE, COLUMNS, NOW, outcome_at

KEPT_BUILDS = 400
"""Builds that can be told apart: a year of nights and some. Of older ones only the sum is kept."""

_KEPT = {
    "touchpoints": "event_key, customer_key, is_interaction, stage",
    "sessions": "customer_key, started_at",
    "stage_visits": "customer_key, stage_model, stage, entered_at",
    "journeys": "customer_key, stage_model, started_at, lapses_at, goal_reached_at",
    "conversions": "customer_key, stage_model, conversion, occurred_at",
}
"""What of the journey tables is compared."""
_STAGES = "select stage_model, stage, stage_index from journeys.stages"


@dataclass(frozen=True)
class Comparison:
    """Two builds that are compared.

    Attributes:
        before_at: Watermark of the last build.
        now_at: Watermark of this one.
        inputs_before: What decided the tables of the last build beside the data; empty without one to compare with.
        inputs: The same of this build.
        is_whole: Whether everybody is recomputed.
    """

    before_at: datetime | None
    now_at: datetime | None
    inputs_before: Mapping[str, str]
    inputs: Mapping[str, str]
    is_whole: bool

    @property
    def is_first(self) -> bool:
        """Whether there is nothing to compare with: all is new."""
        return not self.inputs_before

    @property
    def zones(self) -> tuple[str, str]:
        """Business time zones: of the last build, and of this one."""
        zone = self.inputs["time zone"]
        return self.inputs_before.get("time zone", zone), zone

    @property
    def is_of_everybody(self) -> bool:
        """Whether also those may differ whom nothing touched: in another time zone, months have other limits."""
        return self.is_whole or self.is_first or self.zones[0] != self.zones[1]


def keep_before(connection: duckdb.DuckDBPyConnection, comparison: Comparison) -> None:
    """Keep what the journey tables say before they are replaced, of everybody or of those in ``recomputed``.

    Args:
        connection: Inside the build's transaction.
        comparison: The builds.
    """
    nothing = "where false" if comparison.is_first else ""
    only = "" if comparison.is_of_everybody else "semi join recomputed using (customer_key)"
    for name, columns in _KEPT.items():
        kept = f"select {columns} from journeys.{name} {only} {nothing}"
        connection.execute(f"create or replace temp table {name}_before as {kept}")
    connection.execute(f"create or replace temp table stages_before as {_STAGES}")


def record_changes(connection: duckdb.DuckDBPyConnection, build_number: int, comparison: Comparison) -> None:
    """Write what changed since the last build, and forget which events came and left.

    Args:
        connection: Inside the build's transaction, after the journey tables were replaced.
        build_number: This build.
        comparison: The builds, as given to ``keep_before``.
    """
    if comparison.is_first:
        connection.execute("delete from ops.month_changes")
        connection.execute("delete from ops.month_causes")
    only = "" if comparison.is_of_everybody else "semi join recomputed using (customer_key)"
    for name, columns in _KEPT.items():
        connection.execute(f"create or replace temp view {name}_now as select {columns} from journeys.{name} {only}")
    connection.execute(f"create or replace temp view stages_now as {_STAGES}")
    _describe(connection, comparison)
    _compare_events(connection)
    _find_causes(connection)
    # An event that left without a note has no month. The check on what changes add up to tells; the night goes on.
    connection.execute(
        f"""
        insert into ops.month_changes by name
        select $1::bigint as build_number, {COLUMNS.removesuffix("change")} sum(change)::bigint as change_count
        from ({BEFORE.items()} union all {NOW.items()} union all {_lapsed(comparison)})
        where month is not null
        group by all having sum(change) <> 0 order by all
        """,
        [build_number],
    )
    connection.execute(f"insert into ops.month_causes by name {_TOUCHED}", [build_number])
    connection.execute("delete from ops.changed_events")
    _fold(connection, build_number - KEPT_BUILDS + 1)


def _describe(connection: duckdb.DuckDBPyConnection, comparison: Comparison) -> None:
    """The one row ``compared``, so that no query needs parameters."""
    connection.execute(
        """
        create or replace temp table compared as
        select
            coalesce($before_at::timestamptz, '-infinity') as before_at,
            coalesce($now_at::timestamptz, '-infinity') as now_at,
            if($is_first, '-infinity', least(before_at, now_at)) as shared_at,
            $zone_before as zone_before, $zone_now as zone_now, $has_other_rules as has_other_rules
        """,
        {
            "before_at": comparison.before_at,
            "now_at": comparison.now_at,
            "is_first": comparison.is_first,
            "zone_before": comparison.zones[0],
            "zone_now": comparison.zones[1],
            "has_other_rules": dict(comparison.inputs_before) != dict(comparison.inputs),
        },
    )


def _compare_events(connection: duckdb.DuckDBPyConnection) -> None:
    """``compared_events``: touchpoints of both builds side by side; ``own_cause`` where the event itself has one."""
    connection.execute(
        """
        create or replace temp table compared_events as
        with both_builds as (
            select event_key, before.customer_key as customer_before, now.customer_key as customer_now,
                before.is_interaction as is_interaction_before, now.is_interaction as is_interaction_now,
                customer_before is not null and customer_now is not null as is_in_both,
                before.stage is distinct from now.stage as has_other_stage
            from touchpoints_before as before full join touchpoints_now as now using (event_key)
        ),
        timed as (
            select both_builds.*, coalesce(noted.occurred_at, events.occurred_at) as at_before,
                events.occurred_at as at_now, noted.event_key is not null as is_noted,
                noted.occurred_at is not null as was_there, events.event_key is not null as is_there,
                is_in_both and at_before = at_now and is_interaction_before = is_interaction_now as is_as_before
            from both_builds
            left join staging.events as events using (event_key)
            left join ops.changed_events as noted using (event_key)
        )
        select timed.* exclude (event_key, was_there, is_there, is_as_before),
            is_as_before and zone_before = zone_now as is_same,
            case
                when not is_noted then null
                when customer_before is null and at_now <= shared_at then if(was_there, 'changed', 'late')
                when customer_now is null and at_before <= shared_at then if(is_there, 'changed', 'gone')
                when is_in_both and (has_other_stage or not is_as_before) then 'changed'
            end as own_cause
        from timed cross join compared
        """
    )


def _find_causes(connection: duckdb.DuckDBPyConnection) -> None:
    """``customer_causes``: what may have changed the sessions, stages and journeys of a customer.

    Customers between whom events moved have the same causes. Where only the name of a customer changed, nothing else
    can have.
    """
    moves = connection.sql(
        "select distinct customer_before, customer_now from compared_events "
        "where is_in_both and customer_before <> customer_now"
    ).pl()
    with registered(connection, found=customer_groups(moves)):
        connection.execute("create or replace temp table customer_groups as from found")
    connection.execute(
        """
        create or replace temp table customer_causes as
        with placed as (
            select events.*, coalesce(groups.group_key, customer_now, customer_before) as group_key,
                groups.group_key is not null as is_grouped
            from compared_events as events
            left join customer_groups as groups on coalesce(customer_now, customer_before) = groups.customer_key
        ),
        mixed as (
            select group_key from placed cross join compared where is_grouped group by group_key
            having count(distinct customer_before) filter (at_before <= shared_at) > 1
                or count(distinct customer_now) filter (at_now <= shared_at) > 1
        ),
        touched as (
            select group_key, group_key in (from mixed) as is_mixed,
                bool_or(is_noted and is_in_both) as has_other_versions,
                bool_or(not is_same or is_grouped) as has_other_events,
                bool_or(own_cause = 'late') as has_late, bool_or(own_cause = 'changed') as has_changed,
                bool_or(own_cause = 'gone') as has_gone
            from placed group by group_key
        ),
        told as (
            select group_key, is_mixed, has_other_events,
                coalesce(
                    nullif(concat_ws(
                        '+', if(has_late, 'late', null), if(has_changed, 'changed', null), if(has_gone, 'gone', null),
                        if(is_mixed, 'identity', null), if(has_other_rules, 'rules', null)
                    ), ''),
                    if(has_other_versions, 'changed', 'period')
                ) as cause
            from touched cross join compared
        )
        select coalesce(groups.customer_key, told.group_key) as customer_key, told.* exclude (group_key)
        from told left join customer_groups as groups using (group_key)
        """
    )


def _lapsed(comparison: Comparison) -> str:
    """SQL of what became of the journeys of customers whom nothing touched, as time went by."""
    outcomes = f"{outcome_at('before_at')} as outcome_before, {outcome_at('now_at')} as outcome_now"
    others = "false" if comparison.is_of_everybody else "customer_key not in (from recomputed)"
    return f"""
        select {COLUMNS}
        from (
            select 'journeys' as measure, stage_model, 'outcomes' as cause,
                cast(date_trunc('month', started_at at time zone zone_now) as date) as month,
                unnest([outcome_before, outcome_now]) as name, unnest([-1, 1]) as change
            from (select *, {outcomes} from journeys.journeys cross join compared where {others})
            where outcome_before <> outcome_now
        )
    """


_TOUCHED = """
    with told as (
        select
            if(
                customer_now is null, date_trunc('month', at_before at time zone zone_before),
                date_trunc('month', at_now at time zone zone_now)
            )::date as month,
            coalesce(customer_now, customer_before) as customer_key,
            own_cause is not null or not is_in_both or (customer_before <> customer_now and is_mixed) as is_event,
            case
                when own_cause is not null then own_cause
                when not is_in_both and coalesce(at_now, at_before) > shared_at then 'period'
                when is_in_both and customer_before <> customer_now and is_mixed then 'identity'
                else causes.cause
            end as cause
        from compared_events as events
        cross join compared
        inner join customer_causes as causes on coalesce(customer_now, customer_before) = causes.customer_key
        where is_event or is_interaction_before <> is_interaction_now or (is_interaction_now and has_other_stage)
    )
    select $1::bigint as build_number, month, cause, count(*) filter (is_event) as events_count,
        count(*) filter (not is_event) as restaged_count, count(distinct customer_key) as customers_count
    from told
    where month is not null
    group by all order by all
"""
"""Events that something touched, by month and cause."""


def _fold(connection: duckdb.DuckDBPyConnection, oldest: int) -> None:
    """Keep of the builds up to the oldest one to tell apart only the sum."""
    connection.execute(
        """
        create or replace temp table folded as
        select $1::bigint as build_number, month, measure, stage_model, name, 'period' as cause,
            sum(change_count)::bigint as change_count
        from ops.month_changes
        where build_number <= $1 and exists (from ops.month_changes where build_number < $1)
        group by all having sum(change_count) <> 0 order by all
        """,
        [oldest],
    )
    connection.execute(
        "delete from ops.month_changes where build_number <= $1 "
        "and exists (from ops.month_changes where build_number < $1)",
        [oldest],
    )
    connection.execute("insert into ops.month_changes by name from folded")
    connection.execute("delete from ops.month_causes where build_number <= $1", [oldest])
