-- description: Which acts of the company customers react to. An act is whatever an actor of the company did to a
--   customer and the customer can notice: an e-mail sent, a comment on a ticket, a ticket solved, a call. Its response
--   is the customer's next interaction, on any channel, within seven days; one interaction may be the response to
--   several acts before it. A response that follows is associated with the act, not caused by it. Acts and interactions
--   known only by their day are left out. Requests to rate are in marts.satisfaction: some vendors overwrite a request
--   when it is answered, so that only unanswered ones would be left here.
-- grain: channel, event type and campaign of the act
-- key: channel, event_type, campaign_name
-- not_null: acts_count, open_count, decided_count, responded_count, same_channel_count
-- assert: acts_count = open_count + decided_count
-- assert: same_channel_count <= responded_count and responded_count <= decided_count
-- assert: response_rate between response_low and response_high
-- assert: (median_seconds is null) = (responded_count = 0)
-- column: channel | Where the company acted.
-- column: event_type | What it did.
-- column: campaign_name | Campaign of an e-mail; (none) for others and for e-mails without one.
-- column: acts_count | Acts.
-- column: open_count | Of these, acts whose seven days are not over at the watermark; answered or not, they are in no
--   rate, since those who answer soon would be known before those who never do.
-- column: decided_count | Acts whose seven days are over.
-- column: responded_count | Of these, acts that had a response.
-- column: same_channel_count | Of these, responses on the channel of the act, or that it brought: a reply on the
--   ticket, a click in the mail.
-- column: response_rate | responded_count of decided_count. Null when none is decided.
-- column: response_low | Lower end of its 95 % Wilson interval, which takes acts to be independent of each other.
-- column: response_high | Upper end of its 95 % Wilson interval.
-- column: median_seconds | Time within which half of the responses came. Null without any.
-- column: p90_seconds | Time within which nine of ten responses came.
with
-- Ids are hexadecimal numbers; numbers sort several times faster than texts.
acts as (
    select
        ('0x' || customer_id)::ubigint as customer_key,
        touchpoint_index,
        occurred_at,
        channel,
        event_type,
        case when channel = 'email' then coalesce(campaign_name, '(none)') else '(none)' end as campaign_name
    from journeys.touchpoints
    where
        actor = 'company'
        and not is_interaction
        and time_precision = 'instant'
        and event_type not in (
            'ticket_status_changed', 'csat_offered', 'ad_impression', 'refund', 'identify', 'alias',
            'email_delivered', 'email_deferred', 'email_dropped', 'email_bounce'
        )
),

interactions as (
    select
        ('0x' || customer_id)::ubigint as customer_key,
        touchpoint_index,
        occurred_at,
        channel,
        entry_channel
    from journeys.touchpoints
    where
        is_interaction
        and time_precision = 'instant'
        and customer_key in (select acts.customer_key from acts)
),

followed as (
    select
        acts.channel,
        acts.event_type,
        acts.campaign_name,
        epoch_us(interactions.occurred_at) - epoch_us(acts.occurred_at) as elapsed_microseconds,
        coalesce(epoch_us(settings.watermark_at) - epoch_us(acts.occurred_at) > 7 * 86400000000, false) as is_decided,
        is_decided and coalesce(elapsed_microseconds <= 7 * 86400000000, false) as is_responded,
        coalesce(acts.channel in (interactions.channel, interactions.entry_channel), false) as is_same_channel,
        elapsed_microseconds / 1e6 as elapsed_seconds
    from acts
    asof left join interactions
        on
            acts.customer_key = interactions.customer_key
            and acts.touchpoint_index < interactions.touchpoint_index
    cross join ops.settings as settings
),

counted as (
    select
        channel,
        event_type,
        campaign_name,
        count(*) as acts_count,
        count(*) filter (where not is_decided) as open_count,
        count(*) filter (where is_decided) as decided_count,
        count(*) filter (where is_responded) as responded_count,
        count(*) filter (where is_responded and is_same_channel) as same_channel_count,
        quantile_cont(elapsed_seconds, 0.5) filter (where is_responded) as median_seconds,
        quantile_cont(elapsed_seconds, 0.9) filter (where is_responded) as p90_seconds
    from followed
    group by channel, event_type, campaign_name
),

estimated as (
    select
        *,
        marts.wilson(responded_count, decided_count) as interval
    from counted
)

select
    channel,
    event_type,
    campaign_name,
    acts_count,
    open_count,
    decided_count,
    responded_count,
    same_channel_count,
    responded_count / nullif(decided_count, 0) as response_rate,
    interval.low as response_low,
    interval.high as response_high,
    median_seconds,
    p90_seconds
from estimated
order by channel, event_type, campaign_name
