-- description: Where journeys end in silence: of the journeys that visited a stage, how many dropped off there,
--   compared with the other months of the same stage and first channel. Open journeys are counted but are in no rate.
-- grain: stage, first channel, month in which the journey first entered the stage
-- key: stage_model, stage, first_channel, month
-- not_null: stage_index, journeys_count, moved_on_count, completed_count
-- not_null: dropped_off_count, open_count
-- assert: journeys_count = moved_on_count + completed_count + dropped_off_count + open_count
-- assert: drop_off_rate between drop_off_low and drop_off_high
-- assert: excess_rate is null or excess_rate between excess_low and excess_high
-- assert: excess_rate is null or is_mature
-- column: stage_model | Name of the stage model.
-- column: stage | Stage, or (start) for journeys in which nothing was mapped to a stage.
-- column: stage_index | Its place in the model, from 1; 0 for (start).
-- column: first_channel | Channel that brought the customer first.
-- column: month | First day of the month of the first entry, in the business time zone.
-- column: journeys_count | Journeys that visited the stage.
-- column: moved_on_count | Of these, journeys whose last stage is another one.
-- column: completed_count | Journeys that ended here after reaching the goal.
-- column: dropped_off_count | Journeys that ended here in silence, without the goal.
-- column: open_count | Journeys that are here now; too early to tell.
-- column: is_mature | The month ended longer ago than the limit of silence of the stage. In a younger month those who
--   move on are decided at once, those who leave are not: its rate is too low, so it is neither compared nor compared
--   with.
-- column: drop_off_rate | Dropped off, of those decided (not open). Null when none is decided.
-- column: drop_off_low | Lower end of its 95 % Wilson interval.
-- column: drop_off_high | Upper end of its 95 % Wilson interval.
-- column: baseline_rate | The same rate over the other mature months of this stage and channel. Null without any.
-- column: excess_rate | drop_off_rate minus baseline_rate. Null for months that are not mature.
-- column: excess_low | Lower end of its 95 % Newcombe interval, not corrected for looking at many cells.
-- column: excess_high | Upper end of its 95 % Newcombe interval, not corrected for looking at many cells.
-- column: excess_count | Journeys dropped off beyond the baseline: size of the effect.
with
-- Ids are hexadecimal numbers; numbers are grouped and joined twice as fast as texts.
entries as (
    select
        visits.stage_model,
        visits.stage,
        stages.stage_index,
        cast('0x' || visits.journey_id as ubigint) as journey_key,
        cast(date_trunc('month', min(visits.entered_on)) as date) as month
    from journeys.stage_visits as visits
    inner join journeys.stages as stages on visits.stage_model = stages.stage_model and visits.stage = stages.stage
    group by visits.stage_model, visits.stage, stages.stage_index, journey_key
    union all
    select
        stage_model,
        '(start)' as stage,
        0 as stage_index,
        cast('0x' || journey_id as ubigint) as journey_key,
        started_month as month
    from marts.journey_outcomes
    where last_stage is null
),

cells as (
    select
        entries.stage_model,
        entries.stage,
        entries.stage_index,
        outcomes.first_channel,
        entries.month,
        count(*) as journeys_count,
        count(*) filter (where coalesce(outcomes.last_stage, '(start)') <> entries.stage) as moved_on_count,
        count(*) filter (
            where coalesce(outcomes.last_stage, '(start)') = entries.stage and outcomes.outcome = 'completed'
        ) as completed_count,
        count(*) filter (
            where coalesce(outcomes.last_stage, '(start)') = entries.stage and outcomes.outcome = 'dropped_off'
        ) as dropped_off_count,
        count(*) filter (
            where coalesce(outcomes.last_stage, '(start)') = entries.stage and outcomes.outcome = 'open'
        ) as open_count
    from entries
    inner join marts.journey_outcomes as outcomes
        on
            entries.stage_model = outcomes.stage_model
            and entries.journey_key = cast('0x' || outcomes.journey_id as ubigint)
    group by entries.stage_model, entries.stage, entries.stage_index, outcomes.first_channel, entries.month
),

aged as (
    select
        cells.*,
        coalesce(
            (cells.month + interval 1 month) at time zone settings.time_zone
            + to_seconds(coalesce(stages.lapse_after_seconds, settings.lapse_after_seconds)) < settings.watermark_at,
            false
        ) as is_mature,
        cells.journeys_count - cells.open_count as decided_count
    from cells
    cross join ops.settings as settings
    left join journeys.stages as stages on cells.stage_model = stages.stage_model and cells.stage = stages.stage
),

compared as (
    select
        *,
        coalesce(sum(decided_count) filter (where is_mature) over slice, 0)
        - case when is_mature then decided_count else 0 end as other_decided_count,
        coalesce(sum(dropped_off_count) filter (where is_mature) over slice, 0)
        - case when is_mature then dropped_off_count else 0 end as other_dropped_off_count
    from aged
    window slice as (partition by stage_model, stage, first_channel)
),

estimated as (
    select
        *,
        marts.wilson(dropped_off_count, decided_count) as interval,
        case
            when is_mature
                then marts.newcombe(dropped_off_count, decided_count, other_dropped_off_count, other_decided_count)
        end as excess
    from compared
)

select
    stage_model,
    stage,
    stage_index,
    first_channel,
    month,
    journeys_count,
    moved_on_count,
    completed_count,
    dropped_off_count,
    open_count,
    is_mature,
    dropped_off_count / nullif(decided_count, 0) as drop_off_rate,
    interval.low as drop_off_low,
    interval.high as drop_off_high,
    other_dropped_off_count / nullif(other_decided_count, 0) as baseline_rate,
    excess.difference as excess_rate,
    excess.low as excess_low,
    excess.high as excess_high,
    decided_count * excess.difference as excess_count
from estimated
order by stage_model, stage_index, first_channel, month
