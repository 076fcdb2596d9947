-- description: Customers whose last journey dropped off in a stage of the main model, and who have been silent for at
--   least so many days of 24 hours: whom to ask why, the longest silent last. An unknown stage is an error.
-- macro: customers_lost_after(stage, days := 30)
-- returns: table
-- grain: customer
-- example: marts.customers_lost_after('acquisition')
-- all_arguments: marts.customers_lost_after('acquisition', days := 60)
-- column: customer_id | Pseudonymous id of the customer.
-- column: journey_id | The journey that dropped off.
-- column: first_channel | Channel that brought the customer first.
-- column: last_interaction_at | Last interaction, in UTC.
-- column: silent_days | Days of 24 hours since then, up to the watermark.
-- column: furthest_stage | Highest stage ever visited.
-- column: purchases_count | Purchases.
-- column: touchpoints_count | Interactions of that journey.
with stages as (
    select list(known.stage order by known.stage_index) as names
    from journeys.stages as known
    where known.is_main_model
),

asked as (
    select
        days as least_days,
        case
            when list_contains(names, stage) then stage
            else error(
                'There is no stage ''' || stage || ''' in the main stage model; there are: '
                || list_aggregate(names, 'string_agg', ', ') || '.'
            )
        end as lost_after
    from stages
),

silent as (
    select
        outcomes.customer_id,
        outcomes.journey_id,
        outcomes.first_channel,
        outcomes.last_stage,
        journeys.last_interaction_at,
        (epoch_us(settings.watermark_at) - epoch_us(journeys.last_interaction_at)) / 86400000000 as silent_days,
        customers.furthest_stage,
        customers.purchases_count,
        journeys.touchpoints_count
    from marts.journey_outcomes as outcomes
    inner join ops.settings as settings on outcomes.stage_model = settings.main_stage_model
    inner join journeys.journeys as journeys
        on outcomes.stage_model = journeys.stage_model and outcomes.journey_id = journeys.journey_id
    inner join journeys.customers as customers on outcomes.customer_id = customers.customer_id
    where outcomes.is_last_journey and outcomes.outcome = 'dropped_off'
)

select
    silent.customer_id,
    silent.journey_id,
    silent.first_channel,
    silent.last_interaction_at,
    silent.silent_days,
    silent.furthest_stage,
    silent.purchases_count,
    silent.touchpoints_count
from silent
inner join asked on silent.last_stage = asked.lost_after
where silent.silent_days >= asked.least_days
order by silent.silent_days, silent.customer_id
