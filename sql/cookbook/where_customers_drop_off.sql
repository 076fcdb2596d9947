-- description: At which stages do most journeys end in silence, and how sure is the rate?
select
    stage,
    sum(journeys_count) as journeys_count,
    sum(dropped_off_count) as dropped_off_count,
    sum(open_count) as open_count,
    round(sum(dropped_off_count) / nullif(sum(journeys_count - open_count), 0), 3) as drop_off_rate,
    round(marts.wilson(sum(dropped_off_count), sum(journeys_count - open_count)).low, 3) as drop_off_low,
    round(marts.wilson(sum(dropped_off_count), sum(journeys_count - open_count)).high, 3) as drop_off_high
from marts.drop_offs
where stage_model = (select settings.main_stage_model from ops.settings as settings)
group by stage, stage_index
order by dropped_off_count desc, stage_index
