-- description: Stage visits: unbroken stays of a customer in a stage, within a journey.
-- grain: stage visit
-- per: customer
-- key: stage_model, visit_id
-- not_null: journey_id, customer_id, visit_index, stage, entered_at, last_interaction_at, touchpoints_count
-- assert: left_at is null or left_at >= entered_at
-- assert: (left_at is null) = (next_stage is null)
-- column: stage_model | Name of the stage model.
-- column: visit_id | Stable id, that of its first touchpoint.
-- column: journey_id | Journey.
-- column: customer_id | Pseudonymous id of the customer.
-- column: visit_index | Place in the journey, from 1.
-- column: stage | Stage.
-- column: previous_stage | Stage of the visit before; null for the first.
-- column: next_stage | Stage of the visit after; null for the last.
-- column: entered_at | First interaction in the stage, in UTC.
-- column: entered_on | Its date in the business time zone.
-- column: left_at | First interaction of the next visit; null for the last.
-- column: last_interaction_at | Last interaction in the stage.
-- column: touchpoints_count | Interactions mapped to the stage.
select
    visits.stage_model,
    printf('%016x', visits.visit_key) as visit_id,
    printf('%016x', visits.journey_key) as journey_id,
    printf('%016x', visits.customer_key) as customer_id,
    visits.visit_index,
    visits.stage,
    visits.previous_stage,
    visits.next_stage,
    visits.entered_at,
    cast(visits.entered_at at time zone settings.time_zone as date) as entered_on,
    visits.left_at,
    visits.last_interaction_at,
    visits.touchpoints_count
from state.journeys.stage_visits as visits
cross join ops.settings as settings
order by visits.stage_model, customer_id, visits.entered_at, journey_id, visits.visit_index
