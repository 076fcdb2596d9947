-- description: To which of our acts do customers respond within seven days, how sure is that, and how soon? It follows
--   the act; whether it would have come anyhow, only an experiment tells.
select
    channel,
    event_type,
    campaign_name,
    open_count,
    decided_count,
    responded_count,
    same_channel_count,
    round(response_rate, 3) as response_rate,
    round(response_low, 3) as response_low,
    round(response_high, 3) as response_high,
    round(median_seconds / 3600, 1) as median_hours,
    round(p90_seconds / 3600, 1) as p90_hours
from marts.company_responses
order by decided_count desc, channel, event_type, campaign_name
limit 40
