-- description: Volume and lateness of each source, day by day, in the business time zone.
-- grain: source and day
-- key: source, occurred_on
-- not_null: events_count, loaded_count, timed_count, late_count, very_late_count
-- assert: very_late_count <= late_count and late_count <= timed_count
-- column: source | Name of the source in journey.toml.
-- column: occurred_on | Day.
-- column: events_count | Events that happened on that day, not held back and not after as_of.
-- column: loaded_count | Rows that runs of that day loaded, whenever their events happened.
-- column: timed_count | Events of that day of which it is known how late they arrived; see ops.arrivals.
-- column: late_count | Of these, events that arrived more than a day later.
-- column: very_late_count | Of these, events that arrived more than seven days later.
with quarters as (
    select
        events.source,
        make_timestamptz(epoch_us(events.occurred_at) // 900000000 * 900000000) as occurred_from,
        count(*) as events_count
    from state.staging.events as events
    cross join ops.settings as settings
    where
        events.occurred_at <= settings.as_of
        and epoch_us(events.occurred_at) - epoch_us(coalesce(events.received_at, settings.as_of)) <= 86400000000
    group by all
),

parts as (
    select
        quarters.source,
        cast(quarters.occurred_from at time zone settings.time_zone as date) as occurred_on,
        quarters.events_count,
        0 as loaded_count,
        0 as timed_count,
        0 as late_count,
        0 as very_late_count
    from quarters
    cross join ops.settings as settings
    union all
    select
        source,
        occurred_on,
        0 as events_count,
        0 as loaded_count,
        events_count as timed_count,
        if(within_seconds > 86400, events_count, 0) as late_count,
        if(within_seconds > 7 * 86400, events_count, 0) as very_late_count
    from ops.arrivals
    union all
    select
        files.source,
        cast(runs.started_at at time zone settings.time_zone as date) as occurred_on,
        0 as events_count,
        files.loaded_count,
        0 as timed_count,
        0 as late_count,
        0 as very_late_count
    from ops.loaded_files as files
    inner join ops.runs as runs
        on
            files.run_id = runs.run_id
            and (runs.step = 'ingest:' || files.source or runs.step = 'replay:' || files.source)
    cross join ops.settings as settings
)

select
    parts.source,
    parts.occurred_on,
    cast(sum(parts.events_count) as bigint) as events_count,
    cast(sum(parts.loaded_count) as bigint) as loaded_count,
    cast(sum(parts.timed_count) as bigint) as timed_count,
    cast(sum(parts.late_count) as bigint) as late_count,
    cast(sum(parts.very_late_count) as bigint) as very_late_count
from parts
inner join state.ops.source_status as status on parts.source = status.source
group by parts.source, parts.occurred_on
order by parts.source, parts.occurred_on
