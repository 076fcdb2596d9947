-- description: How late events arrive: the time from an event to its receipt by the vendor, or, where the vendor does
--   not say, to the run that loaded it. What a source's first load brought is left out in the latter case, since it
--   brought the whole past at once.
-- grain: source, day and class of lateness
-- key: source, basis, occurred_on, within_seconds
-- not_null: events_count
-- column: source | Name of the source in journey.toml.
-- column: basis | received (time by the vendor) or loaded (time of our load).
-- column: occurred_on | Day of the events, in the business time zone.
-- column: within_seconds | They arrived within this time, and not within the next shorter one. Events known by their
--   day only count from its end. 3155760000, a century, stands for more than a year.
-- column: events_count | Events.
with known as (
    select
        source,
        'received' as basis,
        time_precision,
        occurred_at,
        received_at as arrived_at,
        1 as events_count
    from state.staging.events
    where epoch_us(occurred_at) - epoch_us(received_at) <= 86400000000
    union all
    select
        source,
        'loaded' as basis,
        time_precision,
        occurred_from as occurred_at,
        loaded_at as arrived_at,
        events_count
    from state.ops.arrivals
),

classed as (
    select
        source,
        basis,
        make_timestamptz(epoch_us(occurred_at) // 900000000 * 900000000) as occurred_from,
        epoch(arrived_at) - epoch(occurred_at) - if(time_precision = 'day', 86400, 0) as late_seconds,
        case
            when late_seconds <= 60 then 60
            when late_seconds <= 600 then 600
            when late_seconds <= 3600 then 3600
            when late_seconds <= 3 * 3600 then 3 * 3600
            when late_seconds <= 6 * 3600 then 6 * 3600
            when late_seconds <= 12 * 3600 then 12 * 3600
            when late_seconds <= 86400 then 86400
            when late_seconds <= 2 * 86400 then 2 * 86400
            when late_seconds <= 3 * 86400 then 3 * 86400
            when late_seconds <= 7 * 86400 then 7 * 86400
            when late_seconds <= 14 * 86400 then 14 * 86400
            when late_seconds <= 30 * 86400 then 30 * 86400
            when late_seconds <= 90 * 86400 then 90 * 86400
            when late_seconds <= 365 * 86400 then 365 * 86400
            else 3155760000
        end as within_seconds,
        events_count
    from known
    where occurred_at <= (select settings.as_of from ops.settings as settings)
),

by_quarter as (
    select
        source,
        basis,
        occurred_from,
        within_seconds,
        sum(events_count) as events_count
    from classed
    group by all
)

select
    quarters.source,
    quarters.basis,
    cast(quarters.occurred_from at time zone settings.time_zone as date) as occurred_on,
    quarters.within_seconds,
    cast(sum(quarters.events_count) as bigint) as events_count
from by_quarter as quarters
cross join ops.settings as settings
group by all
order by quarters.source, quarters.basis, occurred_on, quarters.within_seconds
