-- description: What do customers do twice or more in one session, and how often at once?
select
    item as event_type,
    entities_count as sessions_count,
    rework_count,
    round(rework_rate, 3) as rework_rate,
    round(marts.wilson(rework_count, entities_count).low, 3) as low,
    round(marts.wilson(rework_count, entities_count).high, 3) as high,
    round(loops_count / nullif(repeats_count, 0), 3) as share_at_once
from marts.rework()
where entities_count >= 50
order by rework_rate desc, item
