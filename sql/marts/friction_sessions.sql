-- description: Signals of friction beside sessions: how many sessions of each stage of the main model had one, and
--   after how many the customer fell silent. What marts.friction compares. A session has a signal when it happened in
--   the seven days up to the session's end; an unresolved ticket has been open for one to thirty days then. After a
--   journey's last session its customer has fallen silent once the journey has lapsed: a drop-off, or churn after a
--   goal. Sessions that ended so late that this cannot be known yet are not judged, whatever followed them.
-- grain: stage, signal and band of sessions
-- key: stage, signal, session_band
-- not_null: stage_index, sessions_count, judged_count, lapsed_count, customers_count
-- assert: lapsed_count <= judged_count and judged_count <= sessions_count
-- assert: customers_count <= sessions_count
-- assert: signal in (
--   '(any or none)', 'repeat_contact', 'failed_payment', 'unresolved_ticket', 'email_bounce', 'unsubscribe', 'refund',
--   'backward_move', 'loop', 'slow_step')
-- column: stage | Stage that the customer was in at the end of the session; (start) before the first one.
-- column: stage_index | Its place in the model, from 1; 0 for (start).
-- column: signal | repeat_contact: a ticket within seven days of another one of the customer, or one opened again.
--   failed_payment: an event whose type says so, such as payment_failed. unresolved_ticket: the last thing that
--   happened to tickets of the customer was that one was opened. email_bounce: an e-mail came back or was not sent.
--   unsubscribe: a mailing list left, or spam reported. refund: money given back. backward_move: a move to an earlier
--   stage. loop: a stage entered for the third time or more in a journey. slow_step: a move that took longer than nine
--   of ten of those between the same stages (of at least 30). (any or none): all sessions.
-- column: session_band | 1 for first sessions of a journey, 2 for second ones, 3 for 3 and 4, 4 for 5 to 8, and so on;
--   0 for all.
-- column: sessions_count | Sessions.
-- column: judged_count | Of these, sessions that ended longer ago than the silence limit of their stage.
-- column: lapsed_count | Of these, sessions after which the customer fell silent.
-- column: customers_count | Customers who had the sessions.
with main_journeys as (
    select
        ('0x' || journeys.customer_id)::ubigint as customer_key,
        journeys.journey_index,
        journeys.started_at,
        journeys.last_interaction_at,
        journeys.last_stage,
        journeys.lapses_at < settings.watermark_at as is_lapsed,
        epoch_us(journeys.lapses_at) - epoch_us(journeys.last_interaction_at) as lapse_microseconds
    from journeys.journeys as journeys
    inner join ops.settings as settings on journeys.stage_model = settings.main_stage_model
),

placed as (
    select
        sessions.customer_key,
        sessions.session_index,
        sessions.ended_at,
        main_journeys.is_lapsed and sessions.ended_at >= main_journeys.last_interaction_at as is_lapsed,
        row_number() over so_far as session_number,
        coalesce(last_value(sessions.stage ignore nulls) over so_far, '(start)') as stage
    from (
        select
            *,
            ('0x' || customer_id)::ubigint as customer_key
        from journeys.sessions
    ) as sessions
    asof inner join main_journeys
        on sessions.customer_key = main_journeys.customer_key and sessions.started_at >= main_journeys.started_at
    window so_far as (
        partition by main_journeys.customer_key, main_journeys.journey_index order by sessions.session_index
        rows between unbounded preceding and current row
    )
),

limits as (
    select
        coalesce(last_stage, '(start)') as stage,
        max(lapse_microseconds) as lapse_microseconds
    from main_journeys
    group by last_stage
),

judged as (
    select
        placed.customer_key,
        placed.session_index,
        placed.stage,
        placed.ended_at,
        placed.is_lapsed,
        1 + ceil(log2(placed.session_number))::integer as session_band,
        coalesce(
            epoch_us(placed.ended_at)
            + coalesce(limits.lapse_microseconds, (settings.lapse_after_seconds * 1000000)::bigint)
            < epoch_us(settings.watermark_at),
            false
        ) as is_judged
    from placed
    left join limits on placed.stage = limits.stage
    cross join ops.settings as settings
),

happened as (
    select
        ('0x' || customer_id)::ubigint as customer_key,
        touchpoint_index,
        occurred_at,
        event_type,
        case
            when event_type in ('ticket_created', 'ticket_reopened', 'ticket_solved') then 'ticket'
            when event_type in ('email_bounce', 'email_dropped') then 'email_bounce'
            when event_type in ('email_unsubscribe', 'email_spam_report') then 'unsubscribe'
            when event_type = 'refund' then 'refund'
            else 'failed_payment'
        end as signal
    from journeys.touchpoints
    where
        event_type in (
            'ticket_created', 'ticket_reopened', 'ticket_solved', 'email_bounce', 'email_dropped', 'email_unsubscribe',
            'email_spam_report', 'refund'
        )
        -- Of all texts only few have to be looked at with patterns, which cost twenty times as much.
        or (
            (contains(event_type, 'fail') or contains(event_type, 'declin') or contains(event_type, 'reject'))
            and regexp_matches(event_type, 'payment|charge|card|invoice|checkout')
        )
),

tickets as (
    select
        customer_key,
        occurred_at,
        event_type,
        lead(occurred_at) over by_time as next_at,
        lag(case when event_type = 'ticket_created' then occurred_at end ignore nulls) over by_time as ticket_before_at
    from happened
    where signal = 'ticket'
    window by_time as (partition by customer_key order by touchpoint_index)
),

moves as (
    select
        ('0x' || transitions.customer_id)::ubigint as customer_key,
        transitions.journey_id,
        transitions.transition_index,
        transitions.occurred_at,
        transitions.from_stage,
        transitions.to_stage,
        transitions.elapsed_seconds,
        to_stages.stage_index < from_stages.stage_index as is_backward
    from journeys.transitions as transitions
    inner join ops.settings as settings on transitions.stage_model = settings.main_stage_model
    inner join journeys.stages as to_stages
        on transitions.stage_model = to_stages.stage_model and transitions.to_stage = to_stages.stage
    left join journeys.stages as from_stages
        on transitions.stage_model = from_stages.stage_model and transitions.from_stage = from_stages.stage
),

-- The third entry into a stage is the fifth move of a journey at the earliest; few journeys have so many.
long_journeys as (
    select journey_id
    from moves
    where transition_index >= 5
),

entries as (
    select
        customer_key,
        occurred_at,
        row_number() over (partition by journey_id, to_stage order by transition_index) as entry_number
    from moves
    where journey_id in (from long_journeys)
),

slow_moves as (
    select
        from_stage,
        to_stage,
        quantile_cont(elapsed_seconds, 0.9) as p90_seconds
    from moves
    where elapsed_seconds is not null
    group by from_stage, to_stage
    having count(*) >= 30
),

signals as (
    select
        customer_key,
        signal,
        occurred_at as from_at,
        occurred_at + interval 7 days as until_at
    from happened
    where signal <> 'ticket'
    union all
    select
        customer_key,
        'repeat_contact' as signal,
        occurred_at as from_at,
        occurred_at + interval 7 days as until_at
    from tickets
    where
        event_type = 'ticket_reopened'
        or (event_type = 'ticket_created' and occurred_at <= ticket_before_at + interval 7 days)
    union all
    select
        customer_key,
        'unresolved_ticket' as signal,
        occurred_at + interval 1 day as from_at,
        least(occurred_at + interval 30 days, next_at) as until_at
    from tickets
    where event_type <> 'ticket_solved'
    union all
    select
        customer_key,
        'backward_move' as signal,
        occurred_at as from_at,
        occurred_at + interval 7 days as until_at
    from moves
    where is_backward
    union all
    select
        customer_key,
        'loop' as signal,
        occurred_at as from_at,
        occurred_at + interval 7 days as until_at
    from entries
    where entry_number >= 3
    union all
    select
        moves.customer_key,
        'slow_step' as signal,
        moves.occurred_at as from_at,
        moves.occurred_at + interval 7 days as until_at
    from moves
    inner join slow_moves on moves.from_stage = slow_moves.from_stage and moves.to_stage = slow_moves.to_stage
    where moves.elapsed_seconds > slow_moves.p90_seconds
),

had_signals as (
    select distinct
        judged.customer_key,
        judged.session_index,
        judged.stage,
        judged.session_band,
        judged.is_judged,
        judged.is_lapsed,
        signals.signal
    from judged
    inner join signals
        on
            judged.customer_key = signals.customer_key
            and judged.ended_at >= signals.from_at
            and judged.ended_at < signals.until_at
),

with_signals as (
    select
        customer_key,
        stage,
        session_band,
        is_judged,
        is_lapsed,
        '(any or none)' as signal
    from judged
    union all
    select * exclude (session_index)
    from had_signals
),

-- Counting the rows of customers takes a fraction of what it takes to count customers among the rows.
of_customers as (
    select
        customer_key,
        stage,
        signal,
        session_band,
        count(*) as sessions_count,
        count(*) filter (where is_judged) as judged_count,
        count(*) filter (where is_judged and is_lapsed) as lapsed_count
    from with_signals
    group by customer_key, stage, signal, session_band
),

in_all_bands as (
    select
        customer_key,
        stage,
        signal,
        0 as session_band,
        sum(sessions_count) as sessions_count,
        sum(judged_count) as judged_count,
        sum(lapsed_count) as lapsed_count
    from of_customers
    group by customer_key, stage, signal
)

select
    counted.stage,
    coalesce(stages.stage_index, 0) as stage_index,
    counted.signal,
    counted.session_band,
    sum(counted.sessions_count)::bigint as sessions_count,
    sum(counted.judged_count)::bigint as judged_count,
    sum(counted.lapsed_count)::bigint as lapsed_count,
    count(*) as customers_count
from (
    from of_customers
    union all
    from in_all_bands
) as counted
left join journeys.stages as stages on counted.stage = stages.stage and stages.is_main_model
group by counted.stage, stages.stage_index, counted.signal, counted.session_band
order by stage_index, counted.stage, counted.signal, counted.session_band
