-- description: Who buys again, and what first purchases bring, within 30, 60 and 90 days. Everything is within one
--   currency: customers who buy in two stand in both, each with a first purchase of its own. Only customers whose days
--   are over at the watermark are in rates and values; a month counts them as they ripen.
-- grain: currency, month of the first purchase, and number of days since
-- key: currency, month, within_days
-- not_null: customers_count, open_count, decided_count, repeated_count
-- assert: customers_count = open_count + decided_count
-- assert: repeated_count <= decided_count
-- assert: repeat_rate between repeat_low and repeat_high
-- assert: currency <> '(unknown)' or net_value is null
-- column: currency | ISO 4217 code, or (unknown) for purchases without one.
-- column: month | First day of the month of the first purchase, in the business time zone.
-- column: within_days | 30, 60 or 90 days of 24 hours since the first purchase; the last instant counts.
-- column: customers_count | Customers whose first purchase in the currency was in the month; the same in its three
--   rows.
-- column: open_count | Of these, customers whose days are not over at the watermark, whether they bought again or not.
-- column: decided_count | Of these, customers whose days are over.
-- column: repeated_count | Of the decided, customers who bought again within the days.
-- column: repeat_rate | repeated_count of decided_count. Null while none is decided.
-- column: repeat_low | Lower end of its 95 % Wilson interval.
-- column: repeat_high | Upper end of its 95 % Wilson interval.
-- column: median_seconds | Median time from the first to the second purchase, of those who bought again. Null without
--   any.
-- column: net_value | Purchases minus refunds of the decided customers within the days, in the currency. Null without
--   any known value, and where the currency is unknown.
-- column: net_value_per_customer | The same for each decided customer.
with payments as (
    select
        customer_id,
        coalesce(currency, '(unknown)') as currency,
        touchpoint_index,
        occurred_at,
        occurred_on,
        event_type,
        case when event_type = 'refund' then -abs(value) else value end as net_value
    from journeys.touchpoints
    where event_type in ('purchase', 'refund')
),

buyers as (
    select
        customer_id,
        currency,
        min(touchpoint_index) as first_index,
        date_trunc('month', min(occurred_on))::date as month,
        arg_min(occurred_at, touchpoint_index, 2) as bought_at
    from payments
    where event_type = 'purchase'
    group by customer_id, currency
),

aged as (
    select
        buyers.*,
        lengths.within_days,
        buyers.bought_at[1] + to_days(lengths.within_days) as until_at,
        coalesce(until_at < settings.watermark_at, false) as is_decided,
        is_decided and coalesce(buyers.bought_at[2] <= until_at, false) as is_repeated
    from buyers
    cross join (values (30), (60), (90)) as lengths (within_days)
    cross join ops.settings as settings
),

earned as (
    select
        aged.currency,
        aged.month,
        aged.within_days,
        sum(payments.net_value) as net_value
    from aged
    inner join payments
        on
            aged.customer_id = payments.customer_id
            and aged.currency = payments.currency
            and aged.first_index <= payments.touchpoint_index
            and aged.until_at >= payments.occurred_at
    where aged.is_decided and aged.currency <> '(unknown)'
    group by aged.currency, aged.month, aged.within_days
),

counted as (
    select
        currency,
        month,
        within_days,
        count(*) as customers_count,
        count(*) filter (where not is_decided) as open_count,
        count(*) filter (where is_decided) as decided_count,
        count(*) filter (where is_repeated) as repeated_count,
        quantile_cont((epoch_us(bought_at[2]) - epoch_us(bought_at[1])) / 1e6, 0.5) filter (where is_repeated)
            as median_seconds
    from aged
    group by currency, month, within_days
),

estimated as (
    select
        *,
        marts.wilson(repeated_count, decided_count) as interval
    from counted
)

select
    estimated.currency,
    estimated.month,
    estimated.within_days,
    estimated.customers_count,
    estimated.open_count,
    estimated.decided_count,
    estimated.repeated_count,
    estimated.repeated_count / nullif(estimated.decided_count, 0) as repeat_rate,
    estimated.interval.low as repeat_low,
    estimated.interval.high as repeat_high,
    estimated.median_seconds,
    earned.net_value,
    earned.net_value::double / nullif(estimated.decided_count, 0) as net_value_per_customer
from estimated
left join earned
    on
        estimated.currency = earned.currency
        and estimated.month = earned.month
        and estimated.within_days = earned.within_days
order by estimated.currency, estimated.month, estimated.within_days
