-- description: At which stages do most journeys end in silence, and how sure is the rate?
select
    stage,
    journeys_count,
    dropped_off_count,
    open_count,
    judged_count,
    judged_dropped_off_count,
    round(drop_off_rate, 3) as drop_off_rate,
    round(drop_off_low, 3) as drop_off_low,
    round(drop_off_high, 3) as drop_off_high
from marts.stage_drop_offs
where stage_model = (select settings.main_stage_model from ops.settings as settings)
order by dropped_off_count desc, stage_index
