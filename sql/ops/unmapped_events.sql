-- description: Interactions that no rule of the main stage model matches, by their name: the hundred most frequent.
-- grain: channel, event type and vendor's name
-- key: channel, event_type, event_name
-- not_null: touchpoints_count, customers_count
-- column: channel | Where the contact happened.
-- column: event_type | Canonical type, else the vendor's name in snake_case.
-- column: event_name | The vendor's name; empty where there is none.
-- column: touchpoints_count | Interactions.
-- column: customers_count | Customers who did it.
select
    channel,
    event_type,
    coalesce(event_name, '') as event_name,
    count(*) as touchpoints_count,
    count(distinct customer_id) as customers_count
from journeys.touchpoints
where is_interaction and stage = '(unmapped)' and rule_id is null
group by channel, event_type, coalesce(event_name, '')
order by touchpoints_count desc, channel, event_type, event_name
limit 100
