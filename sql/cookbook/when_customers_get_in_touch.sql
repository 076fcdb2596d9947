-- description: On which weekday and at which hour, in local time, do customers get in touch most?
select
    dayname(touchpoints.occurred_at at time zone settings.time_zone) as weekday,
    hour(touchpoints.occurred_at at time zone settings.time_zone) as local_hour,
    count(*) as touchpoints_count,
    count(distinct touchpoints.customer_id) as customers_count
from journeys.touchpoints as touchpoints
cross join ops.settings as settings
where touchpoints.is_interaction and touchpoints.time_precision = 'instant'
group by all
order by touchpoints_count desc, weekday, local_hour
limit 24
