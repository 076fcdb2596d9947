-- description: How long do customers stay in a stage before they move on to the next?
select
    from_stage,
    to_stage,
    transitions_count,
    customers_count,
    round(median_seconds / 86400, 2) as median_days,
    round(p90_seconds / 86400, 2) as p90_days
from marts.stage_transitions
where stage_model = (select settings.main_stage_model from ops.settings as settings) and median_seconds is not null
order by transitions_count desc, from_stage, to_stage
