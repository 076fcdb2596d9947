-- description: Every customer with a journey leaves the start of the flow exactly once.
-- severity: error
with travelled as (
    select
        stage_model,
        count(distinct customer_id) as customers_count
    from marts.journey_outcomes
    group by stage_model
),

started as (
    select
        stage_model,
        sum(customers_count) as customers_count
    from marts.stage_flows
    where from_stage = '(start)'
    group by stage_model
)

select
    travelled.stage_model,
    travelled.customers_count,
    started.customers_count as started_count
from travelled
left join started on travelled.stage_model = started.stage_model
where travelled.customers_count <> coalesce(started.customers_count, 0)
