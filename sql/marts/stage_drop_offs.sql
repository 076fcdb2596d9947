-- description: Where journeys end in silence, over all months and first channels. The rate is that of the months that
--   are old enough to judge: in a younger one those who move on are decided at once, those who leave are not.
-- grain: stage of a stage model, or (start)
-- key: stage_model, stage
-- not_null: stage_index, journeys_count, dropped_off_count, open_count, judged_count, judged_dropped_off_count
-- assert: judged_dropped_off_count <= judged_count and judged_count <= journeys_count - open_count
-- assert: drop_off_rate between drop_off_low and drop_off_high
-- column: stage_model | Name of the stage model.
-- column: stage | Stage, or (start) for journeys in which nothing was mapped to a stage.
-- column: stage_index | Its place in the model, from 1; 0 for (start).
-- column: journeys_count | Journeys that visited the stage.
-- column: dropped_off_count | Journeys that ended here in silence, without the goal.
-- column: open_count | Journeys that are here now; too early to tell.
-- column: judged_count | Journeys of mature months that are decided: what the rate is about.
-- column: judged_dropped_off_count | Of these, journeys that ended here in silence.
-- column: drop_off_rate | judged_dropped_off_count of judged_count. Null while no month is mature.
-- column: drop_off_low | Lower end of its 95 % Wilson interval.
-- column: drop_off_high | Upper end of its 95 % Wilson interval.
with summed as (
    select
        stage_model,
        stage,
        stage_index,
        sum(journeys_count)::bigint as journeys_count,
        sum(dropped_off_count)::bigint as dropped_off_count,
        sum(open_count)::bigint as open_count,
        coalesce(sum(journeys_count - open_count) filter (where is_mature), 0)::bigint as judged_count,
        coalesce(sum(dropped_off_count) filter (where is_mature), 0)::bigint as judged_dropped_off_count
    from marts.drop_offs
    group by stage_model, stage, stage_index
),

estimated as (
    select
        *,
        marts.wilson(judged_dropped_off_count, judged_count) as interval
    from summed
)

select
    stage_model,
    stage,
    stage_index,
    journeys_count,
    dropped_off_count,
    open_count,
    judged_count,
    judged_dropped_off_count,
    judged_dropped_off_count / nullif(judged_count, 0) as drop_off_rate,
    interval.low as drop_off_low,
    interval.high as drop_off_high
from estimated
order by stage_model, stage_index
