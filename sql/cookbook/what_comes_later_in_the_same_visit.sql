-- description: What do customers do later in a session in which they did something else, and how much more often than
--   in any session?
with follows as (
    select *
    from marts.eventually_follows()
),

every as (
    select count(*) as sessions_count
    from journeys.sessions
),

sessions as (
    select
        touchpoints.event_type,
        count(distinct touchpoints.session_id) as sessions_count,
        any_value(every.sessions_count) as all_count
    from journeys.touchpoints as touchpoints
    cross join every
    where touchpoints.is_interaction and touchpoints.session_id is not null
    group by touchpoints.event_type
)

select
    follows.from_item,
    follows.to_item,
    follows.entities_count as sessions_count,
    round(follows.follows_rate, 3) as follows_rate,
    round(sessions.sessions_count / sessions.all_count, 3) as of_all_sessions,
    round(follows.follows_rate / (sessions.sessions_count / sessions.all_count), 2) as lift
from follows
inner join sessions on follows.to_item = sessions.event_type
where follows.from_item <> follows.to_item and follows.entities_count >= 50
order by lift desc, follows.from_item, follows.to_item
limit 20
