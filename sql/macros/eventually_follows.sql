-- description: What comes some time after what, with anything in between, as analysis.paths counts it: of sessions (or
--   customers) with one item, how many have another one later. item is event_type, event_name, channel or stage; null
--   is left out. Whatever is common follows everything: compare with how common it is. marts.wilson gives intervals
--   that take sessions for independent.
-- macro: eventually_follows(item := 'event_type', within := 'session')
-- returns: table
-- grain: pair of items
-- example: marts.eventually_follows()
-- all_arguments: marts.eventually_follows(item := 'channel', within := 'customer')
-- column: from_item | Item that comes first.
-- column: to_item | Item that comes some time later; the same for doing it again.
-- column: entities_count | Sessions, or customers, in which it does.
-- column: from_count | Sessions, or customers, with the first item.
-- column: follows_rate | entities_count of from_count.
with items as (
    select
        case within
            when 'session' then session_id
            when 'customer' then customer_id
            else error('Items follow one another within session or customer, not within ''' || within || '''.')
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
),

-- One comes after another somewhere if its last occurrence comes after the first of the other.
spans as (
    select
        entity_id,
        item_name,
        min(touchpoint_index) as first_index,
        max(touchpoint_index) as last_index
    from items
    where entity_id is not null and item_name is not null
    group by entity_id, item_name
),

having_it as (
    select
        item_name,
        count(*) as entities_count
    from spans
    group by item_name
),

pairs as (
    select
        one.item_name as from_item,
        other.item_name as to_item,
        count(*) as entities_count
    from spans as one
    inner join spans as other
        on one.entity_id = other.entity_id and one.first_index < other.last_index
    group by from_item, to_item
)

select
    pairs.from_item,
    pairs.to_item,
    pairs.entities_count,
    having_it.entities_count as from_count,
    pairs.entities_count / having_it.entities_count as follows_rate
from pairs
inner join having_it on pairs.from_item = having_it.item_name
order by pairs.from_item, pairs.to_item
