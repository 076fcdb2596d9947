-- description: When customers get in touch: their interactions by weekday and hour of the business time zone. Those
--   known only by their day have no hour and are left out.
-- grain: weekday, hour and channel with an interaction
-- key: weekday_index, local_hour, channel
-- not_null: weekday, interactions_count, customers_count, interaction_rate
-- assert: weekday_index between 1 and 7 and local_hour between 0 and 23
-- assert: customers_count between 1 and interactions_count
-- assert: interaction_rate > 0 and interaction_rate <= 1
-- column: weekday_index | Weekday, from 1 for Monday to 7 for Sunday.
-- column: weekday | Its name.
-- column: local_hour | Hour in the business time zone, from 0 to 23. Clocks that change make one hour a year twice as
--   long and skip another.
-- column: channel | Where it happened.
-- column: interactions_count | Interactions.
-- column: customers_count | Customers who made them.
-- column: interaction_rate | Share of all interactions of the channel with a known time.
with
-- No zone's clock stands at another quarter of an hour than UTC's: the zone is asked once per quarter, not per row.
quarters as (
    select
        epoch_us(occurred_at) // 900000000 as quarter,
        channel,
        customer_id,
        count(*) as interactions_count
    from journeys.touchpoints
    where is_interaction and time_precision = 'instant'
    group by quarter, channel, customer_id
),

clock as (
    select
        asked.quarter,
        make_timestamptz(asked.quarter * 900000000) at time zone settings.time_zone as local_time
    from (select distinct quarters.quarter from quarters) as asked
    cross join ops.settings as settings
),

customer_hours as (
    select
        isodow(clock.local_time) as weekday_index,
        hour(clock.local_time) as local_hour,
        quarters.channel,
        quarters.customer_id,
        sum(quarters.interactions_count) as interactions_count
    from quarters
    inner join clock on quarters.quarter = clock.quarter
    group by weekday_index, local_hour, quarters.channel, quarters.customer_id
)

select
    weekday_index,
    ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][weekday_index] as weekday,
    local_hour,
    channel,
    sum(interactions_count)::bigint as interactions_count,
    count(*) as customers_count,
    sum(interactions_count) / sum(sum(interactions_count)) over (partition by channel) as interaction_rate
from customer_hours
group by weekday_index, local_hour, channel
order by channel, weekday_index, local_hour
