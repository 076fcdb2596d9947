-- description: Every entry into a stage, and what came of it: when the journey first went on to a later stage, or when
--   its silence became a drop-off. Rates that watch all entries equally long are made of these times.
-- grain: stage visit
-- per: customer
-- key: stage_model, visit_id
-- not_null: customer_id, journey_id, stage, stage_index, first_channel, entered_at, entered_on
-- assert: moved_on_at is null or moved_on_at >= entered_at
-- assert: moved_on_at is null or dropped_off_at is null
-- column: stage_model | Name of the stage model.
-- column: visit_id | Stage visit.
-- column: journey_id | Journey.
-- column: customer_id | Pseudonymous id of the customer.
-- column: stage | Stage entered.
-- column: stage_index | Its place in the model, from 1.
-- column: first_channel | Channel that brought the customer first.
-- column: entered_at | First interaction in the stage, in UTC.
-- column: entered_on | Its date in the business time zone.
-- column: moved_on_at | First interaction of the journey in a later stage after that; null if there is none.
-- column: dropped_off_at | When the silence after the journey's last interaction is too long, if it got no further and
--   has not reached the goal; may lie after the watermark, and has not happened then.
with entries as (
    select
        visits.stage_model,
        visits.visit_id,
        visits.journey_id,
        cast('0x' || visits.journey_id as ubigint) as journey_key,
        visits.customer_id,
        visits.visit_index,
        visits.stage,
        stages.stage_index,
        visits.entered_at,
        visits.entered_on
    from journeys.stage_visits as visits
    inner join journeys.stages as stages on visits.stage_model = stages.stage_model and visits.stage = stages.stage
),

passing as (
    select
        entries.stage_model,
        entries.journey_key,
        entries.visit_index,
        entries.entered_at,
        passed.stage_index
    from entries
    inner join journeys.stages as passed
        on entries.stage_model = passed.stage_model and entries.stage_index > passed.stage_index
    where entries.visit_index > 1
)

select
    entries.stage_model,
    entries.visit_id,
    entries.journey_id,
    entries.customer_id,
    entries.stage,
    entries.stage_index,
    customers.first_channel,
    entries.entered_at,
    entries.entered_on,
    passing.entered_at as moved_on_at,
    case
        when passing.entered_at is null and journeys.goal_reached_at is null then journeys.lapses_at
    end as dropped_off_at
from entries
asof left join passing
    on
        entries.stage_model = passing.stage_model
        and entries.journey_key = passing.journey_key
        and entries.stage_index = passing.stage_index
        and entries.visit_index < passing.visit_index
inner join journeys.journeys as journeys
    on entries.stage_model = journeys.stage_model and entries.journey_id = journeys.journey_id
inner join journeys.customers as customers on entries.customer_id = customers.customer_id
order by entries.stage_model, entries.customer_id, entries.entered_at, entries.visit_id
