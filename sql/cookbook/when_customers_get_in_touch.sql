-- description: On which weekday, at which hour of the business time zone, and where do customers get in touch most?
select
    weekday,
    local_hour,
    channel,
    interactions_count,
    customers_count,
    round(interaction_rate, 4) as share_of_channel
from marts.contact_times
order by interactions_count desc, channel, weekday_index, local_hour
limit 24
