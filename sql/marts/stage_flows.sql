-- description: First passages: how customers flow from their start over the stages, each at first arrival, to the
--   outcome of their last journey. Every customer leaves each node once, so the flow is conserved (the Sankey).
-- grain: step of a first passage, first channel, month of the first interaction
-- key: stage_model, from_stage, to_stage, first_channel, started_month
-- not_null: customers_count
-- assert: customers_count > 0
-- column: stage_model | Name of the stage model.
-- column: from_stage | (start) or a stage.
-- column: to_stage | A later stage, or (completed), (dropped_off), (open).
-- column: first_channel | Channel that brought the customer first.
-- column: started_month | First day of the month of the first interaction, in the business time zone.
-- column: customers_count | Customers.
with steps as (
    select
        stage_model,
        customer_id,
        first_channel,
        started_month,
        lag(stage, 1, '(start)') over by_customer as from_stage,
        stage as to_stage,
        stage_index
    from marts.first_passages
    where not is_skipped
    window by_customer as (partition by stage_model, customer_id order by stage_index)
),

ends as (
    select
        outcomes.stage_model,
        outcomes.customer_id,
        outcomes.first_channel,
        customers.started_month,
        coalesce(max_by(steps.to_stage, steps.stage_index), '(start)') as from_stage,
        '(' || any_value(outcomes.outcome) || ')' as to_stage
    from marts.journey_outcomes as outcomes
    inner join journeys.customers as customers on outcomes.customer_id = customers.customer_id
    left join steps on outcomes.stage_model = steps.stage_model and outcomes.customer_id = steps.customer_id
    where outcomes.is_last_journey
    group by outcomes.stage_model, outcomes.customer_id, outcomes.first_channel, customers.started_month
),

all_steps as (
    select
        stage_model,
        from_stage,
        to_stage,
        first_channel,
        started_month
    from steps
    union all
    select
        stage_model,
        from_stage,
        to_stage,
        first_channel,
        started_month
    from ends
)

select
    stage_model,
    from_stage,
    to_stage,
    first_channel,
    started_month,
    count(*) as customers_count
from all_steps
group by stage_model, from_stage, to_stage, first_channel, started_month
order by stage_model, from_stage, to_stage, first_channel, started_month
