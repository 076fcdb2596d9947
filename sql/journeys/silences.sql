-- description: Silences: from an interaction of a customer to the next one, where they are longer than the gap that
--   ends a session, and the one that goes on. After how long customers of a stage come back is learned from them.
-- grain: silence of a customer, stage model
-- per: customer
-- key: stage_model, touchpoint_id
-- not_null: customer_id, stage, started_at
-- assert: ended_at is null or ended_at > started_at
-- column: stage_model | Name of the stage model.
-- column: touchpoint_id | Interaction after which it began.
-- column: customer_id | Pseudonymous id of the customer.
-- column: stage | Stage that the customer was in: that of the last mapped interaction. None before the first.
-- column: started_at | When it began, in UTC.
-- column: ended_at | Next interaction; null while it goes on.
with models as (
    select distinct stage_model from journeys.stages
),

lives as (
    select
        models.stage_model,
        touchpoints.touchpoint_id,
        touchpoints.customer_id,
        touchpoints.occurred_at as started_at,
        last_value(visits.stage ignore nulls) over life as stage,
        lead(touchpoints.occurred_at) over life as ended_at
    from journeys.touchpoints as touchpoints
    cross join models
    left join journeys.stage_visits as visits
        on models.stage_model = visits.stage_model and touchpoints.touchpoint_id = visits.visit_id
    where touchpoints.is_interaction
    window life as (partition by models.stage_model, touchpoints.customer_id order by touchpoints.touchpoint_index)
)

select
    lives.stage_model,
    lives.touchpoint_id,
    lives.customer_id,
    lives.stage,
    lives.started_at,
    lives.ended_at
from lives
cross join ops.settings as settings
where
    lives.stage is not null
    and (
        lives.ended_at is null
        or epoch_us(lives.ended_at) - epoch_us(lives.started_at) > settings.session_timeout_seconds * 1e6
    )
order by lives.stage_model, lives.customer_id, lives.started_at, lives.touchpoint_id
