-- description: Of the customers who began in a period, how many came back so many periods later, as analysis.retention
--   counts them. A customer belongs to the period of the first interaction of type start_type alone, and comes back by
--   any interaction of type return_type; without a type any interaction counts. Periods are days, weeks from Monday,
--   months, quarters or years in the business time zone. A period that was not over at the watermark is null, not zero.
-- macro: retention(start_type := null, return_type := null, every := 'week', periods := 8)
-- returns: table
-- grain: cohort and later period
-- example: marts.retention()
-- all_arguments: marts.retention(start_type := 'sign_up', return_type := 'purchase', every := 'month', periods := 3)
-- column: cohort_start | First day of the period in which the customers began.
-- column: customers_count | Customers who began in it.
-- column: period_index | How many periods later, from 1.
-- column: returned_count | Of these customers, those who came back in that period. Null where it was not over.
-- column: return_rate | returned_count of customers_count; marts.wilson gives its interval.
with asked as (
    select
        case
            when every in ('day', 'week', 'month', 'quarter', 'year') then every
            else error('A period is a day, week, month, quarter or year, not ''' || every || '''.')
        end as part,
        time_zone,
        watermark_at
    from ops.settings
),

happened as (
    select
        touchpoints.customer_id,
        touchpoints.event_type,
        cast(date_trunc(asked.part, touchpoints.occurred_at at time zone asked.time_zone) as date) as period_start
    from journeys.touchpoints as touchpoints
    cross join asked
    where touchpoints.is_interaction
),

firsts as (
    select min(period_start) as first_start
    from happened
),

limits as (
    select
        asked.part,
        cast(date_trunc(asked.part, asked.watermark_at at time zone asked.time_zone) as date) as unfinished,
        firsts.first_start
    from asked
    cross join firsts
),

started as (
    select
        customer_id,
        min(period_start) as cohort_start
    from happened
    where coalesce(event_type = start_type, start_type is null)
    group by customer_id
),

back as (
    select distinct
        customer_id,
        period_start
    from happened
    where coalesce(event_type = return_type, return_type is null)
),

returned as (
    select
        started.cohort_start,
        date_diff(limits.part, started.cohort_start, back.period_start) as period_index
    from back
    inner join started on back.customer_id = started.customer_id
    cross join limits
),

cohorts as (
    select unnest(generate_series(first_start, unfinished, cast('1 ' || part as interval))) as starts_at
    from limits
),

later as (
    select unnest(generate_series(1, periods)) as period_index
),

cells as (
    select
        cast(cohorts.starts_at as date) as cohort_start,
        later.period_index
    from cohorts
    cross join later
),

sizes as (
    select
        cohort_start,
        count(*) as customers_count
    from started
    group by cohort_start
),

counts as (
    select
        cohort_start,
        period_index,
        count(*) as returned_count
    from returned
    group by cohort_start, period_index
),

judged as (
    select
        cells.cohort_start,
        coalesce(sizes.customers_count, 0) as customers_count,
        cells.period_index,
        case
            when date_diff(limits.part, cells.cohort_start, limits.unfinished) > cells.period_index
                then coalesce(counts.returned_count, 0)
        end as returned_count
    from cells
    cross join limits
    left join sizes on cells.cohort_start = sizes.cohort_start
    left join counts on cells.cohort_start = counts.cohort_start and cells.period_index = counts.period_index
)

select
    cohort_start,
    customers_count,
    period_index,
    returned_count,
    returned_count / nullif(customers_count, 0) as return_rate
from judged
order by cohort_start, period_index
