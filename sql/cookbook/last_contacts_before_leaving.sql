-- description: What was the last thing that customers did before they dropped off?
with last_contacts as (
    select
        outcomes.journey_id,
        outcomes.last_stage,
        arg_max(touchpoints.event_type, touchpoints.touchpoint_index) as event_type,
        arg_max(touchpoints.channel, touchpoints.touchpoint_index) as channel
    from marts.journey_outcomes as outcomes
    inner join journeys.journeys as journeys
        on outcomes.stage_model = journeys.stage_model and outcomes.journey_id = journeys.journey_id
    inner join journeys.touchpoints as touchpoints on journeys.customer_id = touchpoints.customer_id
    where
        outcomes.stage_model = (select settings.main_stage_model from ops.settings as settings)
        and outcomes.outcome = 'dropped_off'
        and touchpoints.is_interaction
        and touchpoints.occurred_at between journeys.started_at and journeys.last_interaction_at
    group by outcomes.journey_id, outcomes.last_stage
)

select
    last_stage,
    event_type,
    channel,
    count(*) as journeys_count,
    round(count(*) / sum(count(*)) over (partition by last_stage), 3) as share_of_stage
from last_contacts
group by last_stage, event_type, channel
order by journeys_count desc, last_stage, event_type, channel
limit 20
