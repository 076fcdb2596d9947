-- description: What is the next step of customers whose journey goes on, how often do such guesses come true, and
--   who is about to leave?
select
    unit,
    likely_step,
    count(*) as customers_count,
    round(avg(likely_probability), 3) as mean_probability,
    round(avg(drop_off_probability), 3) as mean_drop_off_probability,
    round(max(top1_rate), 3) as such_guesses_true,
    round(max(top1_rate_low), 3) as true_low,
    round(max(top1_rate_high), 3) as true_high
from marts.next_steps
where stage_model = (select settings.main_stage_model from ops.settings as settings)
group by unit, likely_step
order by unit, customers_count desc, likely_step
