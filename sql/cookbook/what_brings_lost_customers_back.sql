-- description: Where customers dropped off at least 90 days ago, how many came back within these 90 days, how sure is
--   that, after how many days, and what did they do first? It follows the drop-off; whether it would have come anyhow,
--   only an experiment tells.
with dropped as (
    select
        outcomes.last_stage,
        journeys.last_interaction_at,
        lead(journeys.started_at) over by_customer as returned_at,
        lead(journeys.journey_id) over by_customer as next_journey_id,
        outcomes.outcome
    from marts.journey_outcomes as outcomes
    inner join ops.settings as settings on outcomes.stage_model = settings.main_stage_model
    inner join journeys.journeys as journeys
        on outcomes.stage_model = journeys.stage_model and outcomes.journey_id = journeys.journey_id
    window by_customer as (partition by journeys.customer_id order by journeys.journey_index)
),

judged as (
    select
        coalesce(dropped.last_stage, '(start)') as stage,
        coalesce(dropped.returned_at <= dropped.last_interaction_at + interval 90 days, false) as is_back,
        date_diff('microsecond', dropped.last_interaction_at, dropped.returned_at) / 86400000000 as days,
        firsts.event_type,
        firsts.entry_channel
    from dropped
    cross join ops.settings as settings
    -- A journey has the id of its first touchpoint.
    left join journeys.touchpoints as firsts on dropped.next_journey_id = firsts.touchpoint_id
    where dropped.outcome = 'dropped_off' and dropped.last_interaction_at + interval 90 days <= settings.watermark_at
),

counted as (
    select
        stage,
        count(*) as dropped_count,
        count(*) filter (where is_back) as returned_count,
        marts.wilson(returned_count, dropped_count) as interval,
        quantile_cont(days, 0.5) filter (where is_back) as median_days
    from judged
    group by stage
),

contacts as (
    select
        stage,
        event_type || ' by ' || entry_channel as contact,
        count(*) as contact_count
    from judged
    where is_back
    group by stage, event_type, entry_channel
)

select
    counted.stage,
    counted.dropped_count,
    counted.returned_count,
    round(counted.returned_count / counted.dropped_count, 3) as return_rate,
    round(counted.interval.low, 3) as return_low,
    round(counted.interval.high, 3) as return_high,
    round(counted.median_days, 1) as median_days,
    contacts.contact as first_contact,
    contacts.contact_count
from counted
left join contacts on counted.stage = contacts.stage
order by counted.dropped_count desc, counted.stage, contacts.contact_count desc, contacts.contact
limit 40
