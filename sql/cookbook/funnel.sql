-- description: How many customers reach each stage, and what became of those who got no further?
with counted as (
    select
        stage_index,
        stage,
        sum(customers_count) as reached_count,
        sum(skipped_count) as skipped_count,
        sum(advanced_count) as advanced_count,
        sum(completed_count) as completed_count,
        sum(dropped_off_count) as dropped_off_count,
        sum(open_count) as open_count
    from marts.stage_funnel
    where stage_model = (select settings.main_stage_model from ops.settings as settings)
    group by stage_index, stage
)

select
    stage,
    reached_count,
    round(reached_count / first_value(reached_count) over in_order, 3) as rate_from_first,
    round(reached_count / lag(reached_count) over in_order, 3) as rate_from_previous,
    skipped_count,
    advanced_count,
    completed_count,
    dropped_off_count,
    open_count
from counted
window in_order as (order by stage_index)
order by stage_index
