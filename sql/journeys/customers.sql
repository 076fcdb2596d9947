-- description: Customers: who they are by their contacts, where they came from and how far they got (main stage model).
-- grain: customer with at least one touchpoint
-- per: customer
-- key: customer_id
-- not_null: first_seen_at, last_seen_at, touchpoints_count, sessions_count, journeys_count, purchases_count
-- assert: last_seen_at >= first_seen_at
-- assert: (first_channel is null) = (touchpoints_count = 0)
-- column: customer_id | Pseudonymous id.
-- column: first_seen_at | First touchpoint of any kind, in UTC.
-- column: last_seen_at | Last touchpoint of any kind, in UTC.
-- column: first_interaction_at | First deliberate act of the customer; null if there was none.
-- column: last_interaction_at | Last deliberate act of the customer.
-- column: started_month | First day of the month of the first interaction, in the business time zone.
-- column: first_channel | Channel that brought the customer at the first interaction.
-- column: first_source | Campaign source at the first interaction.
-- column: first_medium | Campaign medium at the first interaction.
-- column: first_campaign | Campaign name at the first interaction.
-- column: current_stage | Stage of the last stage visit; null before the first.
-- column: furthest_stage | Highest stage ever visited; null before the first.
-- column: converted_at | First conversion; null before it.
-- column: purchases_count | Purchases.
-- column: journeys_count | Journeys.
-- column: sessions_count | Sessions.
-- column: touchpoints_count | Interactions.
with seen as (
    select
        customer_id,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        min(occurred_at) filter (where is_interaction) as first_interaction_at,
        max(occurred_at) filter (where is_interaction) as last_interaction_at,
        count(*) filter (where is_interaction) as touchpoints_count,
        count(*) filter (where event_type = 'purchase') as purchases_count,
        count(distinct session_id) as sessions_count,
        arg_min(
            struct_pack(
                channel := entry_channel,
                source := campaign_source,
                medium := campaign_medium,
                campaign := campaign_name
            ),
            touchpoint_index
        ) filter (where is_interaction) as first_touch
    from journeys.touchpoints
    group by customer_id
),

visited as (
    select
        visits.customer_id,
        max_by(stages.stage, stages.stage_index) as furthest_stage,
        max_by(
            stages.stage,
            struct_pack(
                entered_at := visits.entered_at,
                journey_id := visits.journey_id,
                visit_index := visits.visit_index
            )
        ) as current_stage
    from journeys.stage_visits as visits
    inner join journeys.stages as stages on visits.stage_model = stages.stage_model and visits.stage = stages.stage
    where stages.is_main_model
    group by visits.customer_id
),

travelled as (
    select
        journeys.customer_id,
        count(*) as journeys_count
    from journeys.journeys as journeys
    inner join ops.settings as settings on journeys.stage_model = settings.main_stage_model
    group by journeys.customer_id
),

converted as (
    select
        conversions.customer_id,
        min(conversions.occurred_at) as converted_at
    from journeys.conversions as conversions
    inner join ops.settings as settings on conversions.stage_model = settings.main_stage_model
    group by conversions.customer_id
)

select
    seen.customer_id,
    seen.first_seen_at,
    seen.last_seen_at,
    seen.first_interaction_at,
    seen.last_interaction_at,
    cast(
        date_trunc('month', seen.first_interaction_at at time zone settings.time_zone) as date
    ) as started_month,
    seen.first_touch.channel as first_channel,
    seen.first_touch.source as first_source,
    seen.first_touch.medium as first_medium,
    seen.first_touch.campaign as first_campaign,
    visited.current_stage,
    visited.furthest_stage,
    converted.converted_at,
    seen.purchases_count,
    coalesce(travelled.journeys_count, 0) as journeys_count,
    seen.sessions_count,
    seen.touchpoints_count
from seen
cross join ops.settings as settings
left join visited on seen.customer_id = visited.customer_id
left join travelled on seen.customer_id = travelled.customer_id
left join converted on seen.customer_id = converted.customer_id
order by seen.customer_id
