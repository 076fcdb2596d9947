-- description: Sources as of the last build: how many events, how fresh, and how many are in no journey.
-- grain: source
-- key: source
-- not_null: is_required, events_count, unidentified_count, held_back_count, after_watermark_count
-- not_null: touchpoints_count, twins_count, timed_count, late_count, very_late_count
-- assert: twins_count >= 0
-- column: source | Name of the source in journey.toml.
-- column: is_required | The watermark waits for it.
-- column: events_count | Accepted events.
-- column: unidentified_count | Events without any usable identifier; in no journey.
-- column: held_back_count | Events dated more than a day after they were received; in no journey.
-- column: after_watermark_count | Events later than the watermark; not analysed yet.
-- column: touchpoints_count | Events that are in a journey or beside it: contacts and what was done to the customer.
-- column: twins_count | Clicks that an ad platform reports by their day, and whose landing is there with its time: the
--   same contact, counted once.
-- column: first_occurred_at | Earliest event.
-- column: watermark_at | Latest event not after as_of.
-- column: arrival_basis | What lateness is measured by: received (time by the vendor), loaded (time of our load) or
--   both; null while nothing is known.
-- column: arrival_p50_seconds | Half of the events arrive within this time; see ops.arrivals for its steps.
-- column: arrival_p95_seconds | 95 of 100 events arrive within this time.
-- column: timed_count | Events of which it is known how late they arrived.
-- column: late_count | Of these, events that arrived more than a day later.
-- column: very_late_count | Of these, events that arrived more than seven days later.
with arrived as (
    select
        source,
        if(count(distinct basis) > 1, 'both', any_value(basis)) as arrival_basis,
        within_seconds,
        sum(events_count) as events_count
    from ops.arrivals
    group by source, within_seconds
),

shares as (
    select
        *,
        sum(events_count) over (partition by source order by within_seconds) as so_far,
        sum(events_count) over (partition by source) as total
    from arrived
),

lateness as (
    select
        source,
        if(count(distinct arrival_basis) > 1, 'both', any_value(arrival_basis)) as arrival_basis,
        min(within_seconds) filter (where so_far >= 0.5 * total) as arrival_p50_seconds,
        min(within_seconds) filter (where so_far >= 0.95 * total) as arrival_p95_seconds,
        cast(sum(events_count) as bigint) as timed_count,
        cast(coalesce(sum(events_count) filter (where within_seconds > 86400), 0) as bigint) as late_count,
        cast(coalesce(sum(events_count) filter (where within_seconds > 7 * 86400), 0) as bigint) as very_late_count
    from shares
    group by source
),

touched as (
    select
        source,
        count(*) as touchpoints_count
    from journeys.touchpoints
    group by source
)

select
    status.source,
    status.is_required,
    status.events_count,
    status.unidentified_count,
    status.held_back_count,
    status.after_watermark_count,
    coalesce(touched.touchpoints_count, 0) as touchpoints_count,
    status.analysed_count - coalesce(touched.touchpoints_count, 0) as twins_count,
    status.first_occurred_at,
    status.watermark_at,
    lateness.arrival_basis,
    lateness.arrival_p50_seconds,
    lateness.arrival_p95_seconds,
    coalesce(lateness.timed_count, 0) as timed_count,
    coalesce(lateness.late_count, 0) as late_count,
    coalesce(lateness.very_late_count, 0) as very_late_count
from state.ops.source_status as status
left join touched on status.source = touched.source
left join lateness on status.source = lateness.source
order by status.source
