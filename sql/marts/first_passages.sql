-- description: The stages each customer has reached, in order of the model: visited before any later stage, or skipped.
--   Funnel and flow both count these rows, so that they cannot disagree.
-- grain: customer and stage reached (visited, or passed over on the way to a later one)
-- per: customer
-- key: stage_model, customer_id, stage
-- not_null: stage_index, is_skipped, first_channel, started_month
-- assert: is_skipped = (entered_at is null)
-- column: stage_model | Name of the stage model.
-- column: customer_id | Pseudonymous id of the customer.
-- column: stage | Stage reached.
-- column: stage_index | Its place in the model, from 1.
-- column: is_skipped | A later stage was visited before this one, or this one never.
-- column: entered_at | First visit, in UTC; null where skipped.
-- column: first_channel | Channel that brought the customer first.
-- column: started_month | First day of the month of the first interaction, in the business time zone.
with first_visits as (
    select
        visits.stage_model,
        visits.customer_id,
        stages.stage_index,
        min(
            struct_pack(
                entered_at := visits.entered_at,
                journey_index := journeys.journey_index,
                visit_index := visits.visit_index
            )
        ) as first_visit
    from journeys.stage_visits as visits
    inner join journeys.stages as stages on visits.stage_model = stages.stage_model and visits.stage = stages.stage
    inner join journeys.journeys as journeys
        on visits.stage_model = journeys.stage_model and visits.journey_id = journeys.journey_id
    group by visits.stage_model, visits.customer_id, stages.stage_index
),

furthest as (
    select
        stage_model,
        customer_id,
        max(stage_index) as furthest_index
    from first_visits
    group by stage_model, customer_id
),

reached as (
    select
        furthest.stage_model,
        furthest.customer_id,
        stages.stage,
        stages.stage_index,
        first_visits.first_visit,
        min(first_visits.first_visit) over (
            partition by furthest.stage_model, furthest.customer_id
            order by stages.stage_index desc
            rows between unbounded preceding and 1 preceding
        ) as first_later_visit
    from furthest
    inner join journeys.stages as stages
        on furthest.stage_model = stages.stage_model and furthest.furthest_index >= stages.stage_index
    left join first_visits
        on
            furthest.stage_model = first_visits.stage_model
            and furthest.customer_id = first_visits.customer_id
            and stages.stage_index = first_visits.stage_index
),

judged as (
    select
        *,
        first_visit is null or coalesce(first_later_visit < first_visit, false) as is_skipped
    from reached
)

select
    judged.stage_model,
    judged.customer_id,
    judged.stage,
    judged.stage_index,
    judged.is_skipped,
    case when not judged.is_skipped then judged.first_visit.entered_at end as entered_at,
    customers.first_channel,
    customers.started_month
from judged
inner join journeys.customers as customers on judged.customer_id = customers.customer_id
order by judged.stage_model, judged.customer_id, judged.stage_index
