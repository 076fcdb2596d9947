-- description: What ops.month_changes adds up to is what the published tables count.
-- severity: warning
-- found: What journey diff tells does not add up to what the tables count: {listed}; journey run --full counts anew.
-- listed: {told_count:,} {measure} {name} told and {published_count:,} counted in {month}
with counted as (
    select
        'touchpoints' as measure,
        '' as stage_model,
        '' as name,
        date_trunc('month', occurred_on) as month,
        count(*) as published_count
    from journeys.touchpoints
    group by all
    union all
    select
        'interactions' as measure,
        '' as stage_model,
        '' as name,
        date_trunc('month', occurred_on) as month,
        count(*) as published_count
    from journeys.touchpoints
    where is_interaction
    group by all
    union all
    select
        'customers_active' as measure,
        '' as stage_model,
        '' as name,
        date_trunc('month', occurred_on) as month,
        count(distinct customer_id) as published_count
    from journeys.touchpoints
    where is_interaction
    group by all
    union all
    select
        'customers_started' as measure,
        '' as stage_model,
        '' as name,
        started_month as month,
        count(*) as published_count
    from journeys.customers
    where started_month is not null
    group by all
    union all
    select
        'sessions' as measure,
        '' as stage_model,
        '' as name,
        date_trunc('month', started_on) as month,
        count(*) as published_count
    from journeys.sessions
    group by all
    union all
    select
        'conversions' as measure,
        stage_model,
        conversion as name,
        date_trunc('month', occurred_on) as month,
        count(*) as published_count
    from journeys.conversions
    group by all
    union all
    select
        'journeys' as measure,
        stage_model,
        outcome as name,
        started_month as month,
        count(*) as published_count
    from marts.journey_outcomes
    group by all
    union all
    select
        'customers_reached' as measure,
        stage_model,
        stage as name,
        started_month as month,
        sum(customers_count) as published_count
    from marts.stage_funnel
    group by all
),

told as (
    select
        measure,
        stage_model,
        name,
        month,
        sum(change_count) as told_count
    from ops.month_changes
    group by all
)

select
    coalesce(counted.measure, told.measure) as measure,
    coalesce(counted.stage_model, told.stage_model) as stage_model,
    coalesce(counted.name, told.name) as name,
    coalesce(counted.month, told.month) as month,
    coalesce(counted.published_count, 0) as published_count,
    coalesce(told.told_count, 0) as told_count
from counted
full join told
    on
        counted.measure = told.measure
        and counted.stage_model = told.stage_model
        and counted.name = told.name
        and counted.month = told.month
where
    coalesce(counted.published_count, 0) <> coalesce(told.told_count, 0)
    and exists (select 1 as is_kept from ops.month_changes)
