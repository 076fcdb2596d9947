-- description: What became of each journey by the watermark: completed, dropped off, or still open (too early to tell).
-- grain: journey
-- per: customer
-- key: stage_model, journey_id
-- not_null: customer_id, outcome, is_lapsed, is_last_journey, first_channel, started_month
-- assert: outcome in ('completed', 'dropped_off', 'open')
-- assert: outcome <> 'open' or not is_lapsed
-- column: stage_model | Name of the stage model.
-- column: journey_id | Journey.
-- column: customer_id | Pseudonymous id of the customer.
-- column: first_channel | Channel that brought the customer first, before any journey of theirs.
-- column: started_month | First day of the month in which the journey started, in the business time zone.
-- column: last_stage | Stage of its last visit; null when no interaction was mapped.
-- column: outcome | completed: reached the goal. dropped_off: silent too long. open: neither yet.
-- column: is_lapsed | Silent for longer than its stage allows; of a completed journey this is churn, not drop-off.
-- column: is_last_journey | The customer's last journey so far.
select
    journeys.stage_model,
    journeys.journey_id,
    journeys.customer_id,
    customers.first_channel,
    cast(date_trunc('month', journeys.started_on) as date) as started_month,
    journeys.last_stage,
    case
        when journeys.goal_reached_at is not null then 'completed'
        when journeys.lapses_at < settings.watermark_at then 'dropped_off'
        else 'open'
    end as outcome,
    journeys.lapses_at < settings.watermark_at as is_lapsed,
    journeys.journey_index = max(journeys.journey_index) over (
        partition by journeys.stage_model, journeys.customer_id
    ) as is_last_journey
from journeys.journeys as journeys
inner join journeys.customers as customers on journeys.customer_id = customers.customer_id
cross join ops.settings as settings
order by journeys.stage_model, journeys.customer_id, journeys.journey_index
