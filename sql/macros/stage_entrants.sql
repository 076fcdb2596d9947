-- description: Customers who entered a stage in a period of days, each once, at the first entry in it, and whether they
--   moved on to a later stage, or dropped off, within so many days of 24 hours. All are watched equally long; null
--   where the data end before. A drop-off is known only after the silence that makes it, so watch that much longer for
--   it. The main stage model unless another is named; an unknown stage is an error.
-- macro: stage_entrants(entered_stage, from_on, to_on, watched_days := 15, model := null)
-- returns: table
-- grain: customer
-- example: marts.stage_entrants('acquisition', date '2026-06-01', date '2026-06-30')
-- all_arguments: marts.stage_entrants('acquisition', date '2026-06-01', date '2026-06-30',
--   watched_days := 45, model := 'lifecycle')
-- column: customer_id | Pseudonymous id of the customer.
-- column: first_channel | Channel that brought the customer first.
-- column: entered_at | First entry in the period, in UTC.
-- column: has_moved_on | Whether an interaction in a later stage followed in that journey in time.
-- column: has_dropped_off | Whether the journey lapsed in time, got no further, and had not reached the goal.
with known as (
    select
        settings.main_stage_model,
        settings.watermark_at,
        list(struct_pack(model := stages.stage_model, stage := stages.stage)) as stages
    from ops.settings as settings
    cross join journeys.stages as stages
    group by settings.main_stage_model, settings.watermark_at
),

asked as (
    select
        watermark_at,
        from_on as first_on,
        to_on as last_on,
        to_microseconds(cast(round(watched_days * 86400000000) as bigint)) as watched,
        coalesce(model, main_stage_model) as stage_model,
        case
            when list_contains(stages, struct_pack(model := coalesce(model, main_stage_model), stage := entered_stage))
                then entered_stage
            else error('There is no stage ''' || entered_stage || ''' in that stage model.')
        end as stage
    from known
),

entrants as (
    select
        entries.*,
        asked.watched,
        entries.entered_at + asked.watched <= asked.watermark_at as is_watched,
        row_number() over (
            partition by entries.customer_id
            order by entries.entered_at, entries.moved_on_at nulls last, entries.dropped_off_at nulls last
        ) as place
    from marts.stage_entries as entries
    inner join asked
        on
            entries.stage_model = asked.stage_model
            and entries.stage = asked.stage
            and entries.entered_on between asked.first_on and asked.last_on
)

select
    customer_id,
    first_channel,
    entered_at,
    case when is_watched then coalesce(moved_on_at <= entered_at + watched, false) end as has_moved_on,
    case when is_watched then coalesce(dropped_off_at <= entered_at + watched, false) end as has_dropped_off
from entrants
where place = 1
order by entered_at, customer_id
