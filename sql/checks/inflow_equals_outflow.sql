-- description: As many moves lead into a stage as out of it, in all moves and in first passages.
-- severity: error
with edges as (
    select
        'stage_transitions' as mart,
        stage_model,
        from_stage,
        to_stage,
        transitions_count as moves_count
    from marts.stage_transitions
    union all
    select
        'stage_flows' as mart,
        stage_model,
        from_stage,
        to_stage,
        customers_count as moves_count
    from marts.stage_flows
),

inflow as (
    select
        mart,
        stage_model,
        to_stage as stage,
        sum(moves_count) as moves_count
    from edges
    group by mart, stage_model, to_stage
),

outflow as (
    select
        mart,
        stage_model,
        from_stage as stage,
        sum(moves_count) as moves_count
    from edges
    group by mart, stage_model, from_stage
)

select
    coalesce(inflow.mart, outflow.mart) as mart,
    coalesce(inflow.stage_model, outflow.stage_model) as stage_model,
    coalesce(inflow.stage, outflow.stage) as stage,
    coalesce(inflow.moves_count, 0) as inflow_count,
    coalesce(outflow.moves_count, 0) as outflow_count
from inflow
full outer join outflow
    on inflow.mart = outflow.mart and inflow.stage_model = outflow.stage_model and inflow.stage = outflow.stage
where
    coalesce(inflow.stage, outflow.stage) not like '(%)'
    and coalesce(inflow.moves_count, 0) <> coalesce(outflow.moves_count, 0)
