-- description: Every journey has one outcome, and drop-offs, transitions and journeys count the same ones.
-- severity: error
with counted as (
    select
        stage_model,
        outcome,
        count(*) as journeys_count
    from marts.journey_outcomes
    group by stage_model, outcome
),

moved as (
    select
        stage_model,
        trim(to_stage, '()') as outcome,
        sum(transitions_count) as journeys_count
    from marts.stage_transitions
    where to_stage like '(%)'
    group by stage_model, to_stage
),

dropped as (
    select
        stage_model,
        outcome,
        sum(journeys_count) as journeys_count
    from (
        select
            stage_model,
            unnest(['completed', 'dropped_off', 'open']) as outcome,
            unnest([completed_count, dropped_off_count, open_count]) as journeys_count
        from marts.drop_offs
    )
    group by stage_model, outcome
)

select
    counted.stage_model,
    counted.outcome,
    counted.journeys_count,
    moved.journeys_count as in_transitions_count,
    dropped.journeys_count as in_drop_offs_count
from counted
left join moved on counted.stage_model = moved.stage_model and counted.outcome = moved.outcome
left join dropped on counted.stage_model = dropped.stage_model and counted.outcome = dropped.outcome
where
    counted.journeys_count <> coalesce(moved.journeys_count, 0)
    or counted.journeys_count <> coalesce(dropped.journeys_count, 0)
