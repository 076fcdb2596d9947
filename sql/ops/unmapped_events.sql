-- description: Interactions that no rule of a stage model matches, by their name: the hundred most frequent of each
--   model.
-- grain: stage model, channel, event type and vendor's name
-- key: stage_model, channel, event_type, event_name
-- not_null: is_main_model, touchpoints_count, customers_count
-- column: stage_model | Name of the stage model.
-- column: is_main_model | The model whose stages journeys.touchpoints shows.
-- column: channel | Where the contact happened.
-- column: event_type | Canonical type, else the vendor's name in snake_case.
-- column: event_name | The vendor's name; empty where there is none.
-- column: touchpoints_count | Interactions.
-- column: customers_count | Customers who did it.
select
    stages.stage_model,
    stages.is_main_model,
    touchpoints.channel,
    touchpoints.event_type,
    coalesce(touchpoints.event_name, '') as event_name,
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
    coalesce(touchpoints.event_name, '')
qualify
    row_number() over (
        partition by stages.stage_model
        order by count(*) desc, touchpoints.channel, touchpoints.event_type, coalesce(touchpoints.event_name, '')
    ) <= 100
order by
    stages.is_main_model desc,
    stages.stage_model,
    touchpoints_count desc,
    touchpoints.channel,
    touchpoints.event_type,
    event_name
