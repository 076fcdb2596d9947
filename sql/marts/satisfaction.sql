-- description: How content customers say they are (csat, nps, ces), by the stage in which they stood and the contact
--   they had had before they were asked. Stage and contact are those of the last interaction before, answers aside: an
--   answer may itself count for a stage, and a promoter's is by its score in the last one. Cells hold few answers;
--   counts may be added up, figures may not.
-- grain: metric, stage and last contact before, source, month of the answer
-- key: metric, stage, contact_channel, source, month
-- not_null: stage_index, answers_count, positive_count, negative_count, waiting_count
-- assert: positive_count + negative_count <= answers_count
-- assert: figure is null or figure_low is null or figure between figure_low and figure_high
-- assert: (figure is null) = (answers_count = 0)
-- assert: response_rate is null or response_rate between response_low and response_high
-- assert: answered_count <= asked_count and answered_count <= answers_count
-- column: metric | csat (how content), nps (how likely to recommend) or ces (how easy it was).
-- column: stage | Stage of the main model in which the customer stood; (start) before the first.
-- column: stage_index | Its place in the model, from 1; 0 for (start).
-- column: contact_channel | Channel of the last interaction before, which the answer may be about; (none) without any.
-- column: source | Source of the answers.
-- column: month | First day of the month of the answers and requests, in the business time zone.
-- column: scale_max | Best answer of the source's scale: what the source says, else the least of 1, 5, 7, 10 and 100
--   that holds its answers. Scales begin at 1; one up to 1, and that of nps, at 0. Null where nobody has answered yet.
-- column: answers_count | Answers.
-- column: positive_count | csat and ces: above the middle of the scale (4 and 5 of 5); nps: promoters (9 and 10).
-- column: negative_count | csat and ces: below the middle of the scale; nps: detractors (0 to 6).
-- column: mean_score | Mean answer, on the source's own scale.
-- column: figure | csat: share of positive answers, from 0 to 1. nps: share of promoters minus share of detractors,
--   from -1 to 1. ces: mean_score.
-- column: figure_low | Lower end of its 95 % interval: Wilson's, that of Agresti and Min, Student's t (five answers or
--   more). Answers are taken to be independent of each other.
-- column: figure_high | Upper end of its 95 % interval.
-- column: asked_count | Requests to rate whose seven days are over at the watermark, answered or not. Null where the
--   source does not tell whom it asks.
-- column: answered_count | Of these, answered ones. A request is unanswered if the customer's next word from the source
--   is another request, or later than seven days, or missing; every answer had its request.
-- column: waiting_count | Unanswered requests whose seven days are not over.
-- column: response_rate | answered_count of asked_count. Null where asked_count is, or 0.
-- column: response_low | Lower end of its 95 % Wilson interval.
-- column: response_high | Upper end of its 95 % Wilson interval.
with surveyed as (
    select
        touchpoint_id,
        ('0x' || customer_id)::ubigint as customer_key,
        touchpoint_index,
        occurred_at,
        occurred_on,
        source,
        left(event_type, strpos(event_type, '_') - 1) as metric,
        event_type = 'csat_offered' as is_request,
        score,
        score_max
    from journeys.touchpoints
    where
        event_type = 'csat_offered'
        or (event_type in ('csat_response', 'nps_response', 'ces_response') and score is not null)
),

scales as (
    select
        source,
        metric,
        max(score) as greatest_score,
        bool_or(is_request) as tells_requests,
        coalesce(
            max(score_max),
            case
                when metric = 'nps' then 10
                else list_min(list_filter([1, 5, 7, 10, 100], lambda top: top >= greatest_score))
            end
        )::decimal(9, 3) as scale_max
    from surveyed
    group by source, metric
),

judged as (
    select
        surveyed.*,
        coalesce(surveyed.occurred_at + interval 7 days < settings.watermark_at, false) as is_decided,
        surveyed.is_request and coalesce(
            not lead(surveyed.is_request) over by_customer
            and lead(surveyed.occurred_at) over by_customer <= surveyed.occurred_at + interval 7 days,
            false
        ) as is_answered_request,
        settings.main_stage_model
    from surveyed
    cross join ops.settings as settings
    window by_customer as (
        partition by surveyed.customer_key, surveyed.source, surveyed.metric
        order by surveyed.touchpoint_index
    )
),

contacts as (
    select
        ('0x' || customer_id)::ubigint as customer_key,
        touchpoint_index,
        channel,
        stage
    from journeys.touchpoints
    where
        is_interaction
        and event_type not in ('csat_response', 'nps_response', 'ces_response')
        and customer_key in (select surveyed.customer_key from surveyed)
),

mapped as (
    select
        customer_key,
        touchpoint_index,
        stage
    from contacts
    where stage <> '(unmapped)'
),

contacted as (
    select
        judged.*,
        contacts.channel as contact_channel
    from judged
    asof left join contacts
        on judged.customer_key = contacts.customer_key and judged.touchpoint_index > contacts.touchpoint_index
),

placed as (
    select
        contacted.*,
        mapped.stage
    from contacted
    asof left join mapped
        on contacted.customer_key = mapped.customer_key and contacted.touchpoint_index > mapped.touchpoint_index
),

rated as (
    select
        placed.*,
        stages.stage_index,
        scales.scale_max,
        scales.tells_requests,
        case
            when placed.is_request then 0
            when placed.metric = 'nps' then (placed.score >= 9)::integer - (placed.score <= 6)::integer
            else sign(2 * placed.score - scales.scale_max - (scales.scale_max > 1)::integer)
        end as opinion
    from placed
    inner join scales on placed.source = scales.source and placed.metric = scales.metric
    left join journeys.stages as stages
        on placed.main_stage_model = stages.stage_model and placed.stage = stages.stage
),

counted as (
    select
        metric,
        coalesce(stage, '(start)') as stage,
        coalesce(stage_index, 0) as stage_index,
        coalesce(contact_channel, '(none)') as contact_channel,
        source,
        date_trunc('month', occurred_on)::date as month,
        scale_max,
        tells_requests,
        count(*) filter (where not is_request) as answers_count,
        count(*) filter (where opinion > 0) as positive_count,
        count(*) filter (where opinion < 0) as negative_count,
        sum(score) as total,
        sum(score * score) as squares,
        count(*) filter (where is_decided and not is_answered_request) as asked_count,
        count(*) filter (where is_decided and not is_request) as answered_count,
        count(*) filter (where not is_decided and is_request and not is_answered_request) as waiting_count
    from rated
    group by all
),

estimated as (
    select
        *,
        total::double / answers_count as mean_score,
        case metric
            when 'csat' then marts.wilson(positive_count, answers_count)
            when 'ces' then marts.mean_interval(total::double, squares::double, answers_count)
        end as interval,
        case when metric = 'nps' then marts.net_share(positive_count, negative_count, answers_count) end as net,
        case when tells_requests then marts.wilson(answered_count, asked_count) end as response
    from counted
)

select
    metric,
    stage,
    stage_index,
    contact_channel,
    source,
    month,
    scale_max,
    answers_count,
    positive_count,
    negative_count,
    mean_score,
    case metric
        when 'csat' then positive_count / nullif(answers_count, 0)
        when 'nps' then net.difference
        else mean_score
    end as figure,
    coalesce(net.low, interval.low) as figure_low,
    coalesce(net.high, interval.high) as figure_high,
    case when tells_requests then asked_count end as asked_count,
    case when tells_requests then answered_count end as answered_count,
    waiting_count,
    case when tells_requests then answered_count / nullif(asked_count, 0) end as response_rate,
    response.low as response_low,
    response.high as response_high
from estimated
order by metric, source, stage_index, contact_channel, month
