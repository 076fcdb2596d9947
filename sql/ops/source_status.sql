-- description: Sources as of the last build: how many events, how fresh, and how many are in no journey.
-- grain: source
-- key: source
-- not_null: is_required, events_count, unidentified_count, held_back_count, after_watermark_count
-- not_null: touchpoints_count, twins_count
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
with touched as (
    select
        events.source,
        count(*) as touchpoints_count
    from state.journeys.touchpoints as touchpoints
    inner join state.staging.events as events on touchpoints.event_key = events.event_key
    group by events.source
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
    status.watermark_at
from state.ops.source_status as status
left join touched on status.source = touched.source
order by status.source
