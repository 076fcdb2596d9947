-- description: What happened in the business, as journey.toml says it: releases, campaigns. It changes no number.
-- grain: annotation
-- key: annotation_index
-- not_null: started_at, started_on, ended_on, kind, label
-- assert: kind in ('release', 'campaign', 'other')
-- assert: ended_at is null or ended_at > started_at
-- assert: ended_on >= started_on
-- column: annotation_index | Place in the order of time, from 1.
-- column: started_at | When it was or began, in UTC.
-- column: ended_at | When it was over, in UTC; that time no longer belongs to it. Null for a moment.
-- column: started_on | Its first date in the business time zone.
-- column: ended_on | Its last date there.
-- column: kind | release, campaign or other.
-- column: label | What it is called.
select
    annotations.annotation_index,
    annotations.started_at,
    annotations.ended_at,
    cast(annotations.started_at at time zone settings.time_zone as date) as started_on,
    cast(
        coalesce(annotations.ended_at - interval 1 microsecond, annotations.started_at) at time zone settings.time_zone
        as date
    ) as ended_on,
    annotations.kind,
    marts.without_addresses(annotations.label) as label
from state.ops.annotations as annotations
cross join ops.settings as settings
order by annotations.annotation_index
