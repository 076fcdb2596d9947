-- description: Ordered funnel of interactions, as journey funnel and analysis.funnels compute it. Steps are event
--   types, in this order; other events may lie between; one event serves one step, and events of the same instant stand
--   in whatever order helps. An attempt starts at any first step and may take within_days of 24 hours each, the end
--   included; a customer counts once, by the attempt that gets furthest. Rates are of the customers whose window was
--   over at the watermark, whether they came on or not. marts.wilson gives their intervals. A step that is no event
--   type of an interaction is an error.
-- macro: funnel(steps, within_days := 30)
-- returns: table
-- grain: step, in order
-- example: marts.funnel(['page_view', 'sign_up', 'purchase'])
-- all_arguments: marts.funnel(['page_view', 'sign_up', 'purchase'], within_days := 7)
-- column: step_index | Place of the step, from 1.
-- column: step_name | Event type.
-- column: reached_count | Customers who reached the step.
-- column: dropped_count | Customers who reached the step before and not this one, and whose windows are over.
-- column: open_count | Customers who reached the step before and not this one, and still may: too early to tell.
-- column: decided_count | Customers who reached the step before and whose windows are over.
-- column: rate_from_previous | Share of decided_count that reached the step. Null for the first step.
-- column: first_decided_count | Customers who reached the first step and whose windows are over.
-- column: rate_from_first | Share of first_decided_count that reached the step.
-- column: median_seconds_from_first | Median time since the first step, of those who reached the step.
with recursive asked as (
    select
        len(steps) as steps_count,
        within_days * 86400000000 as window_micros,
        epoch_us(watermark_at) as watermark_micros
    from ops.settings
),

plan as materialized (
    select
        steps.step_index,
        steps.step_name,
        lag(steps.step_index) over (partition by steps.step_name order by steps.step_index) as same_before
    from (
        select
            unnest(steps) as step_name,
            generate_subscripts(steps, 1) as step_index
    ) as steps
),

happened as (
    select
        customer_id,
        event_type,
        epoch_us(occurred_at) as micros
    from journeys.touchpoints
    where is_interaction
),

unknown as (
    select min(step_name) as step_name
    from plan
    where plan.step_name not in (select happened.event_type from happened)
),

served as materialized (
    select
        happened.*,
        row_number() over (partition by happened.customer_id, happened.event_type order by happened.micros) as place
    from happened
    cross join unknown
    where
        case
            when unknown.step_name is null then happened.event_type in (select plan.step_name from plan)
            else error('No interaction is of event type ''' || unknown.step_name || '''.')
        end
),

-- A step follows an event of the same instant or later: for each instant the first event of each type from then on.
moments as (
    select distinct
        customer_id,
        micros
    from served
),

firsts as (
    select
        customer_id,
        event_type,
        micros,
        min(place) as place
    from served
    group by customer_id, event_type, micros
),

types as (
    select distinct step_name as event_type
    from plan
),

wanted as (
    select
        moments.customer_id,
        moments.micros,
        types.event_type
    from moments
    cross join types
),

ahead as materialized (
    select
        wanted.customer_id,
        wanted.micros,
        wanted.event_type,
        firsts.place
    from wanted
    asof inner join firsts
        on
            wanted.customer_id = firsts.customer_id
            and wanted.event_type = firsts.event_type
            and wanted.micros <= firsts.micros
),

attempts as (
    select
        firsts.customer_id,
        [firsts.micros] as times,
        [firsts.place] as places
    from firsts
    inner join plan on firsts.event_type = plan.step_name
    where plan.step_index = 1
    union all
    select
        attempts.customer_id,
        list_append(attempts.times, served.micros) as times,
        list_append(attempts.places, served.place) as places
    from attempts
    inner join plan on len(attempts.times) + 1 = plan.step_index
    inner join ahead
        on
            attempts.customer_id = ahead.customer_id
            and attempts.times[-1] = ahead.micros
            and plan.step_name = ahead.event_type
    inner join served
        on
            attempts.customer_id = served.customer_id
            and plan.step_name = served.event_type
            and greatest(ahead.place, coalesce(attempts.places[plan.same_before] + 1, 0)) = served.place
    cross join asked
    where served.micros - attempts.times[1] <= asked.window_micros
),

-- Of the attempts that get furthest the one that ends first, of these the one that starts last.
customers as (
    select
        customer_id,
        arg_max(
            times,
            struct_pack(level := len(times), ended := -times[-1], started := times[1])
        ) as times,
        max(times[1]) as last_start
    from attempts
    group by customer_id
),

judged as (
    select
        customers.times,
        coalesce(
            case when len(customers.times) = asked.steps_count then customers.times[1] else customers.last_start end
            + asked.window_micros >= asked.watermark_micros,
            false
        ) as is_open
    from customers
    cross join asked
),

counted as (
    select
        plan.step_index,
        any_value(plan.step_name) as step_name,
        count(*) filter (where len(judged.times) >= plan.step_index) as reached_count,
        count(*) filter (where len(judged.times) = plan.step_index - 1 and not judged.is_open) as dropped_count,
        count(*) filter (where len(judged.times) = plan.step_index - 1 and judged.is_open) as open_count,
        count(*) filter (
            where len(judged.times) >= greatest(1, plan.step_index - 1) and not judged.is_open
        ) as decided_count,
        count(*) filter (where len(judged.times) >= plan.step_index and not judged.is_open) as decided_reached_count,
        count(*) filter (where not judged.is_open) as first_decided_count,
        quantile_cont(judged.times[plan.step_index] - judged.times[1], 0.5) as median_micros
    from plan
    left join judged on true
    group by plan.step_index
)

select
    step_index,
    step_name,
    reached_count,
    dropped_count,
    open_count,
    decided_count,
    case when step_index > 1 then decided_reached_count / nullif(decided_count, 0) end as rate_from_previous,
    first_decided_count,
    decided_reached_count / nullif(first_decided_count, 0) as rate_from_first,
    case when step_index > 1 then median_micros / 1e6 end as median_seconds_from_first
from counted
order by step_index
