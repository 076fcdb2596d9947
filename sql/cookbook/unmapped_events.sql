-- description: Which interactions does no rule of the main stage model match?
select
    channel,
    event_type,
    event_name,
    count(*) as touchpoints_count,
    count(distinct customer_id) as customers_count
from journeys.touchpoints
where is_interaction and stage = '(unmapped)' and rule_id is null
group by channel, event_type, event_name
order by touchpoints_count desc, channel, event_type, event_name
