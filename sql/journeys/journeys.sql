-- description: Journeys: a customer's interactions without a silence longer than the stage allows. Facts only; what
--   became of a journey by the watermark is in marts.journey_outcomes.
-- grain: journey
-- per: customer
-- key: stage_model, journey_id
-- not_null: customer_id, journey_index, started_at, last_interaction_at, lapses_at, first_channel, stages
-- assert: lapses_at > last_interaction_at
-- column: stage_model | Name of the stage model.
-- column: journey_id | Stable id, that of its first touchpoint.
-- column: customer_id | Pseudonymous id of the customer.
-- column: journey_index | Place among the customer's journeys, from 1.
-- column: started_at | First interaction, in UTC.
-- column: started_on | Its date in the business time zone.
-- column: last_interaction_at | Last interaction.
-- column: lapses_at | When silence becomes a drop-off.
-- column: goal_reached_at | First interaction in a goal stage in this journey; null if there is none.
-- column: duration_seconds | From the first to the last interaction.
-- column: first_channel | Channel that brought the customer at its first interaction.
-- column: stages | Stages in the order of the visits.
-- column: last_stage | Stage of the last visit; null when no interaction was mapped.
-- column: stage_visits_count | Stage visits.
-- column: sessions_count | Sessions that hold at least one of its interactions.
-- column: touchpoints_count | Interactions.
select
    journeys.stage_model,
    printf('%016x', journeys.journey_key) as journey_id,
    printf('%016x', journeys.customer_key) as customer_id,
    journeys.journey_index,
    journeys.started_at,
    cast(journeys.started_at at time zone settings.time_zone as date) as started_on,
    journeys.last_interaction_at,
    journeys.lapses_at,
    journeys.goal_reached_at,
    (epoch_us(journeys.last_interaction_at) - epoch_us(journeys.started_at)) / 1e6 as duration_seconds,
    journeys.first_channel,
    journeys.stages,
    journeys.stages[-1] as last_stage,
    len(journeys.stages) as stage_visits_count,
    journeys.sessions_count,
    journeys.touchpoints_count
from state.journeys.journeys as journeys
cross join ops.settings as settings
order by journeys.stage_model, customer_id, journeys.journey_index
