-- description: Which customers whose journey has not lapsed are likeliest gone all the same, by how long they have
--   been silent in their stage?
select
    customer_id,
    stage,
    round(silent_seconds / 86400, 1) as silent_days,
    round(gone_probability, 2) as gone_probability,
    lapses_at
from marts.silent_customers
where stage_model = (select settings.main_stage_model from ops.settings as settings)
order by gone_probability desc nulls last, silent_seconds desc, customer_id
limit 20
