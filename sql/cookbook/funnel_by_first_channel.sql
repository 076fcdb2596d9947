-- description: Which channel brings customers that go far?
select
    first_channel,
    stage,
    sum(customers_count) as customers_count,
    round(sum(customers_count) / first_value(sum(customers_count)) over by_channel, 3) as rate_from_first,
    sum(dropped_off_count) as dropped_off_count,
    sum(open_count) as open_count
from marts.stage_funnel
where stage_model = (select settings.main_stage_model from ops.settings as settings)
group by first_channel, stage, stage_index
window by_channel as (partition by first_channel order by stage_index)
order by first_channel, stage_index
