-- description: At which stage, after contact where, are customers less content in the last three months than before?
with ended as (
    select max(month) as last_month
    from marts.satisfaction
),

periods as (
    select
        satisfaction.metric,
        satisfaction.source,
        satisfaction.stage,
        satisfaction.stage_index,
        satisfaction.contact_channel,
        satisfaction.month > ended.last_month - interval 3 months as is_recent,
        satisfaction.answers_count,
        satisfaction.positive_count,
        satisfaction.negative_count
    from marts.satisfaction as satisfaction
    cross join ended
    where satisfaction.metric <> 'ces'
),

compared as (
    select
        metric,
        source,
        stage,
        stage_index,
        contact_channel,
        sum(answers_count) filter (where is_recent) as recent_answers,
        sum(answers_count) filter (where not is_recent) as earlier_answers,
        marts.newcombe(
            sum(positive_count) filter (where is_recent),
            recent_answers,
            sum(positive_count) filter (where not is_recent),
            earlier_answers
        ) as positive
    from periods
    group by metric, source, stage, stage_index, contact_channel
)

select
    metric,
    source,
    stage,
    contact_channel,
    recent_answers,
    earlier_answers,
    round(positive.difference, 3) as change_of_positive_rate,
    round(positive.low, 3) as change_low,
    round(positive.high, 3) as change_high
from compared
where positive is not null
order by positive.high, metric, source, stage_index, contact_channel
