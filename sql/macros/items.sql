-- description: Interactions by what they are of, and within what they stand together: the rows that eventually_follows,
--   paths and rework count. item is event_type, event_name, channel or stage; interactions without one are left out,
--   and so are, within sessions, those outside of any.
-- macro: items(item := 'event_type', within := 'session')
-- returns: table
-- grain: interaction with an item
-- example: marts.items()
-- all_arguments: marts.items(item := 'channel', within := 'customer')
-- column: customer_id | Customer.
-- column: entity_id | Session, or customer.
-- column: touchpoint_index | Place among the customer's touchpoints, from 1.
-- column: item_name | The item.
with named as (
    select
        customer_id,
        case within
            when 'session' then session_id
            when 'customer' then customer_id
            else error('Items stand together within session or customer, not within ''' || within || '''.')
        end as entity_id,
        touchpoint_index,
        case item
            when 'event_type' then event_type
            when 'event_name' then event_name
            when 'channel' then channel
            when 'stage' then stage
            else error('An item is event_type, event_name, channel or stage, not ''' || item || '''.')
        end as item_name
    from journeys.touchpoints
    where is_interaction
)

select
    customer_id,
    entity_id,
    touchpoint_index,
    item_name
from named
where entity_id is not null and item_name is not null
