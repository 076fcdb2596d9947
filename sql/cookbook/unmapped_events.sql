-- description: Which interactions does no rule of a stage model match?
select
    stages.stage_model,
    touchpoints.channel,
    touchpoints.event_type,
    touchpoints.event_name,
    count(*) as touchpoints_count,
    count(distinct touchpoints.customer_id) as customers_count
from journeys.touchpoints as touchpoints
inner join journeys.touchpoint_stages as stages on touchpoints.stages_code = stages.stages_code
where touchpoints.is_interaction and stages.stage = '(unmapped)' and stages.rule_id is null
group by
    stages.stage_model,
    stages.is_main_model,
    touchpoints.channel,
    touchpoints.event_type,
    touchpoints.event_name
order by
    stages.is_main_model desc,
    stages.stage_model,
    touchpoints_count desc,
    touchpoints.channel,
    touchpoints.event_type,
    touchpoints.event_name
