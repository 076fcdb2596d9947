-- description: Funnel of interactions in any order, as journey funnel --order any and analysis.funnels compute it: how
--   many customers did one, two, three of the steps within within_days of 24 hours each, the end included, whichever
--   came first. Steps are event types, each named once. An attempt starts at any event of a step; a customer counts
--   once, by the attempt that gets furthest. Rates are of the customers whose window was over at the watermark.
--   marts.wilson gives their intervals. A step that is no event type of an interaction, or stands twice, is an error.
-- macro: funnel_any_order(steps, within_days := 30)
-- returns: table
-- grain: number of steps done
-- example: marts.funnel_any_order(['search', 'add_to_cart', 'sign_up'])
-- all_arguments: marts.funnel_any_order(['search', 'add_to_cart', 'sign_up'], within_days := 7)
-- column: step_index | How many of the steps were done, from 1.
-- column: reached_count | Customers who did so many.
-- column: dropped_count | Customers who did one less and no more, and whose windows are over.
-- column: open_count | Customers who did one less, and still may do another: too early to tell.
-- column: decided_count | Customers who did one less or more, and whose windows are over.
-- column: rate_from_previous | Share of decided_count that did so many. Null for the first.
-- column: first_decided_count | Customers who did any of the steps and whose windows are over.
-- column: rate_from_first | Share of first_decided_count that did so many.
-- column: median_seconds_from_first | Median time since the first, of those who did so many.
with asked as (
    select
        len(steps) as steps_count,
        within_days * 86400000000 as window_micros,
        epoch_us(watermark_at) as watermark_micros
    from ops.settings
),

plan as materialized (
    select
        unnest(steps) as step_name,
        generate_subscripts(steps, 1) as step_index
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
    select
        min(plan.step_name) filter (
            where plan.step_name not in (select happened.event_type from happened)
        ) as step_name,
        count(*) > count(distinct plan.step_name) as has_repeats
    from plan
),

served as materialized (
    select distinct happened.*
    from happened
    cross join unknown
    where
        case
            when unknown.has_repeats then error('Every step of a funnel in any order is named once.')
            when unknown.step_name is null then happened.event_type in (select plan.step_name from plan)
            else error('No interaction is of event type ''' || unknown.step_name || '''.')
        end
),

starts as (
    select distinct
        customer_id,
        micros
    from served
),

wanted as (
    select
        starts.customer_id,
        starts.micros,
        plan.step_name as event_type
    from starts
    cross join plan
),

ahead as (
    select
        wanted.customer_id,
        wanted.micros as started_micros,
        served.micros
    from wanted
    cross join asked
    asof inner join served
        on
            wanted.customer_id = served.customer_id
            and wanted.event_type = served.event_type
            and wanted.micros <= served.micros
    where served.micros - wanted.micros <= asked.window_micros
),

attempts as (
    select
        customer_id,
        started_micros,
        list(micros order by micros) as times
    from ahead
    group by customer_id, started_micros
),

-- Of the attempts that get furthest the one that ends first, of these the one that starts last.
customers as (
    select
        customer_id,
        arg_max(
            times,
            struct_pack(level := len(times), ended := -times[-1], started := started_micros)
        ) as times,
        max(started_micros) as last_start
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
