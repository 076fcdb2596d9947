-- description: All moves between stages, loops and backward moves too, with the last move of each journey to its
--   outcome.
-- grain: from, to
-- key: stage_model, from_stage, to_stage
-- not_null: transitions_count, journeys_count, customers_count, transition_rate
-- assert: customers_count <= journeys_count
-- assert: journeys_count <= transitions_count
-- assert: transition_rate > 0 and transition_rate <= 1
-- column: stage_model | Name of the stage model.
-- column: from_stage | (start) or a stage.
-- column: to_stage | A stage, or (completed), (dropped_off), (open).
-- column: transitions_count | Moves.
-- column: journeys_count | Journeys that made the move at least once.
-- column: customers_count | Customers who made the move at least once.
-- column: transition_rate | Share of all moves out of from_stage, exits to an outcome included.
-- column: median_seconds | Median time from entering from_stage to the move; null from (start) and to outcomes.
-- column: p90_seconds | Time within which nine of ten moves were made.
with moves as (
    select
        stage_model,
        journey_id,
        customer_id,
        from_stage,
        to_stage,
        elapsed_seconds
    from journeys.transitions
    union all
    select
        stage_model,
        journey_id,
        customer_id,
        coalesce(last_stage, '(start)') as from_stage,
        '(' || outcome || ')' as to_stage,
        null as elapsed_seconds
    from marts.journey_outcomes
)

select
    stage_model,
    from_stage,
    to_stage,
    count(*) as transitions_count,
    count(distinct journey_id) as journeys_count,
    count(distinct customer_id) as customers_count,
    count(*) / sum(count(*)) over (partition by stage_model, from_stage) as transition_rate,
    quantile_cont(elapsed_seconds, 0.5) as median_seconds,
    quantile_cont(elapsed_seconds, 0.9) as p90_seconds
from moves
group by stage_model, from_stage, to_stage
order by stage_model, from_stage, to_stage
