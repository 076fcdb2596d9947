-- description: Of the three things that most customers do, how many does one do within a week, in whatever order?
with commonest as (
    select
        event_type,
        count(distinct customer_id) as customers_count
    from journeys.touchpoints
    where is_interaction
    group by event_type
    order by customers_count desc, event_type
    limit 3
)

select
    step_index as done,
    reached_count as customers,
    dropped_count as no_further,
    open_count as still_open,
    round(rate_from_first, 3) as share_of_first,
    round(median_seconds_from_first / 3600, 1) as median_hours
from marts.funnel_any_order((select list(commonest.event_type) from commonest), within_days := 7)
order by step_index
