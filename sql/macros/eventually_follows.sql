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
-- One comes after another somewhere if its last occurrence comes after the first of the other.
with spans as (
    select
        entity_id,
        item_name,
        min(touchpoint_index) as first_index,
        max(touchpoint_index) as last_index
    from marts.items(item := item, within := within)
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
