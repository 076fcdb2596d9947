-- description: What is done again, as analysis.paths counts it: of the sessions (or customers) with an item, how many
--   have it twice or more, and how soon. A loop is doing it again at once. item is event_type, event_name, channel or
--   stage; null is left out. marts.wilson gives intervals that take sessions for independent.
-- macro: rework(item := 'event_type', within := 'session')
-- returns: table
-- grain: item
-- example: marts.rework()
-- all_arguments: marts.rework(item := 'stage', within := 'customer')
-- column: item | What is done.
-- column: events_count | How often it was done.
-- column: entities_count | Sessions, or customers, with it.
-- column: rework_count | Of these, those that have it at least twice.
-- column: rework_rate | rework_count of entities_count.
-- column: repeats_count | How often it was done after the first time.
-- column: loops_count | Of these, how often right after having been done.
-- column: least_distance | Fewest others between two times. Null where nobody did it again.
with placed as (
    select
        entity_id,
        item_name,
        row_number() over (partition by entity_id order by touchpoint_index) as place
    from marts.items(item := item, within := within)
),

repeated as (
    select
        entity_id,
        item_name,
        place - lag(place) over (partition by entity_id, item_name order by place) - 1 as distance
    from placed
),

per_entity as (
    select
        entity_id,
        item_name,
        count(*) as events_count,
        count(distance) as repeats_count,
        count(*) filter (where distance = 0) as loops_count,
        min(distance) as least_distance
    from repeated
    group by entity_id, item_name
)

select
    item_name as item,
    sum(events_count)::bigint as events_count,
    count(*) as entities_count,
    count(*) filter (where events_count > 1) as rework_count,
    count(*) filter (where events_count > 1) / count(*) as rework_rate,
    sum(repeats_count)::bigint as repeats_count,
    sum(loops_count)::bigint as loops_count,
    min(least_distance) as least_distance
from per_entity
group by item_name
order by item_name
