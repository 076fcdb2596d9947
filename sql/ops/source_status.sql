-- description: Sources as of the last build: how many events, how fresh, and how many are in no journey.
-- grain: source
-- key: source
-- not_null: is_required, events_count, unidentified_count, held_back_count, after_watermark_count
-- column: source | Name of the source in journey.toml.
-- column: is_required | The watermark waits for it.
-- column: events_count | Accepted events.
-- column: unidentified_count | Events without any usable identifier; in no journey.
-- column: held_back_count | Events dated more than a day after they were received; in no journey.
-- column: after_watermark_count | Events later than the watermark; not analysed yet.
-- column: first_occurred_at | Earliest event.
-- column: watermark_at | Latest event not after as_of.
select
    source,
    is_required,
    events_count,
    unidentified_count,
    held_back_count,
    after_watermark_count,
    first_occurred_at,
    watermark_at
from state.ops.source_status
order by source
