-- description: What became of visits of each stage within within_days of 24 hours of entering it: only of visits that
--   have had so long, beside the naive rates of all visits up to now, as analysis.survival.mature_progress counts them.
--   Young visits have had little time, and make every stage look as if fewer moved on. A visit moves on when the next
--   stage is entered; the last one of a journey ends when the journey lapses, so that nobody drops off sooner.
--   marts.wilson gives intervals that take visits for independent.
-- macro: mature_progress(within_days := 60)
-- returns: table
-- grain: stage of the main model
-- example: marts.mature_progress()
-- all_arguments: marts.mature_progress(within_days := 7)
-- column: stage | Stage.
-- column: entered_count | Visits up to the watermark.
-- column: mature_count | Of these, those that began so many days before it, or more.
-- column: advanced_count | Of the mature, those that moved on, or lapsed with the goal reached, within the days.
-- column: dropped_off_count | Of the mature, those that dropped off within the days.
-- column: undecided_count | Of the mature, those of which neither happened within the days.
-- column: advanced_rate | advanced_count of mature_count.
-- column: drop_off_rate | dropped_off_count of mature_count.
-- column: naive_advanced_rate | Share of all visits that have moved on by now, however long they took.
-- column: naive_drop_off_rate | Share of all visits that have dropped off by now.
with asked as (
    select
        main_stage_model,
        epoch_us(watermark_at) as watermark_micros,
        within_days * 86400000000 as within_micros
    from ops.settings
),

judged as (
    select
        visits.stage,
        coalesce(visits.outcome in ('moved_on', 'completed'), false) as is_advanced,
        coalesce(visits.outcome = 'dropped_off', false) as is_dropped_off,
        epoch_us(visits.ended_at) - epoch_us(visits.entered_at) <= asked.within_micros as is_in_time,
        asked.watermark_micros - epoch_us(visits.entered_at) >= asked.within_micros as is_mature
    from marts.visit_ends() as visits
    cross join asked
),

counted as (
    select
        stage,
        count(*) as entered_count,
        count(*) filter (where is_mature) as mature_count,
        count(*) filter (where is_mature and is_advanced and is_in_time) as advanced_count,
        count(*) filter (where is_mature and is_dropped_off and is_in_time) as dropped_off_count,
        count(*) filter (where is_advanced) as ever_advanced_count,
        count(*) filter (where is_dropped_off) as ever_dropped_off_count
    from judged
    group by stage
)

select
    counted.stage,
    counted.entered_count,
    counted.mature_count,
    counted.advanced_count,
    counted.dropped_off_count,
    counted.mature_count - counted.advanced_count - counted.dropped_off_count as undecided_count,
    counted.advanced_count / nullif(counted.mature_count, 0) as advanced_rate,
    counted.dropped_off_count / nullif(counted.mature_count, 0) as drop_off_rate,
    counted.ever_advanced_count / counted.entered_count as naive_advanced_rate,
    counted.ever_dropped_off_count / counted.entered_count as naive_drop_off_rate
from counted
inner join asked on true
inner join journeys.stages as stages
    on asked.main_stage_model = stages.stage_model and counted.stage = stages.stage
order by stages.stage_index
