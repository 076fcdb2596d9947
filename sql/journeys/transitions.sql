-- description: Every step into a stage: from the start of the journey, or from the stage before.
-- grain: step into a stage
-- per: customer
-- key: stage_model, visit_id
-- not_null: journey_id, customer_id, transition_index, from_stage, to_stage, occurred_at
-- assert: from_stage <> to_stage
-- assert: (from_stage = '(start)') = (elapsed_seconds is null)
-- column: stage_model | Name of the stage model.
-- column: visit_id | Stage visit that begins with the step.
-- column: journey_id | Journey.
-- column: customer_id | Pseudonymous id of the customer.
-- column: transition_index | Place in the journey, from 1.
-- column: from_stage | Stage before, or (start).
-- column: to_stage | Stage entered.
-- column: occurred_at | When, in UTC.
-- column: elapsed_seconds | Since the stage before was entered; null from (start).
select
    stage_model,
    printf('%016x', visit_key) as visit_id,
    printf('%016x', journey_key) as journey_id,
    printf('%016x', customer_key) as customer_id,
    transition_index,
    from_stage,
    to_stage,
    occurred_at,
    elapsed_microseconds / 1e6 as elapsed_seconds
from state.journeys.transitions
order by stage_model, customer_id, occurred_at, journey_id, transition_index
