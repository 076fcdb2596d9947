-- description: All moves between stages, with the last move of each journey to its outcome, of the journeys that
--   started from from_ts on and before to_ts. Whole journeys, so that as many moves leave a stage as come to it.
--   Without times the same as marts.stage_transitions. Times the wrong way round are an error.
-- macro: transitions(from_ts := null, to_ts := null)
-- returns: table
-- grain: from, to
-- example: marts.transitions()
-- all_arguments: marts.transitions(from_ts := '2026-09-01', to_ts := '2026-10-01')
-- column: stage_model | Name of the stage model.
-- column: from_stage | (start) or a stage.
-- column: to_stage | A stage, or (completed), (dropped_off), (open).
-- column: transitions_count | Moves.
-- column: journeys_count | Journeys that made the move at least once.
-- column: customers_count | Customers who made the move at least once.
-- column: transition_rate | Share of all moves out of from_stage, exits to an outcome included.
-- column: median_seconds | Median time from entering from_stage to the move; null from (start) and to outcomes.
-- column: p90_seconds | Time within which nine of ten moves were made.
with chosen as (
    select
        stage_model,
        journey_id
    from journeys.journeys
    where
        started_at >= case
            when cast(from_ts as timestamptz) >= cast(to_ts as timestamptz) then error('from_ts must be before to_ts.')
            else coalesce(cast(from_ts as timestamptz), '-infinity')
        end
        and started_at < coalesce(cast(to_ts as timestamptz), 'infinity')
),

moves as (
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
    moves.stage_model,
    moves.from_stage,
    moves.to_stage,
    count(*) as transitions_count,
    count(distinct moves.journey_id) as journeys_count,
    count(distinct moves.customer_id) as customers_count,
    count(*) / sum(count(*)) over (partition by moves.stage_model, moves.from_stage) as transition_rate,
    quantile_cont(moves.elapsed_seconds, 0.5) as median_seconds,
    quantile_cont(moves.elapsed_seconds, 0.9) as p90_seconds
from moves
inner join chosen on moves.stage_model = chosen.stage_model and moves.journey_id = chosen.journey_id
group by moves.stage_model, moves.from_stage, moves.to_stage
order by moves.stage_model, moves.from_stage, moves.to_stage
