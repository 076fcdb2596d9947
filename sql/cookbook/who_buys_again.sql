-- description: How many customers buy again within 30, 60 and 90 days of their first purchase, and what do they bring?
select
    currency,
    month,
    within_days,
    customers_count,
    open_count,
    decided_count,
    repeated_count,
    round(repeat_rate, 3) as repeat_rate,
    round(repeat_low, 3) as repeat_low,
    round(repeat_high, 3) as repeat_high,
    round(median_seconds / 86400, 1) as median_days,
    net_value,
    round(net_value_per_customer, 2) as net_value_per_customer
from marts.repeat_purchases
where decided_count > 0
order by currency, month, within_days
