-- description: After which signals of friction do customers fall silent more often than after comparable sessions, at
--   which stage, how many more, and how sure is that? Associated with the signal: that it is the cause, no table can
--   say.
select
    stage,
    signal,
    customers_count,
    round(customers_share, 3) as customers_share,
    sessions_count,
    lapsed_count,
    round(lapse_rate, 3) as lapse_rate,
    round(comparable_rate, 3) as comparable_rate,
    round(excess_rate, 3) as excess_rate,
    round(excess_low, 3) as excess_low,
    round(excess_high, 3) as excess_high,
    round(excess_count, 1) as excess_count,
    round(q_value, 4) as q_value,
    is_few
from marts.friction
where excess_count > 0
order by excess_count desc, stage_index, stage, signal
