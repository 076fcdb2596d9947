-- description: A stage's customers in the funnel are those of its node in the flow plus those who skipped it.
-- severity: error
with funnel as (
    select
        stage_model,
        stage,
        sum(customers_count - skipped_count) as visited_count
    from marts.stage_funnel
    group by stage_model, stage
),

flow as (
    select
        stage_model,
        to_stage as stage,
        sum(customers_count) as arrived_count
    from marts.stage_flows
    group by stage_model, to_stage
)

select
    funnel.stage_model,
    funnel.stage,
    funnel.visited_count,
    flow.arrived_count
from funnel
left join flow on funnel.stage_model = flow.stage_model and funnel.stage = flow.stage
where funnel.visited_count <> coalesce(flow.arrived_count, 0)
