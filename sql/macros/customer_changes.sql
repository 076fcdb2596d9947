-- description: Who changed between two times, by the main stage model and by what is known now: who was in a stage for
--   the first time, who reached the goal, whose silence became a drop-off, who came back after their last journey had
--   ended. After from_ts, up to to_ts; without to_ts up to the watermark, without from_ts the 24 hours before to_ts.
-- macro: customer_changes(from_ts := null, to_ts := null)
-- returns: table
-- grain: customer and change
-- example: marts.customer_changes()
-- all_arguments: marts.customer_changes(from_ts := '2026-09-01', to_ts := '2026-10-01')
-- column: change | entered, completed, dropped_off or came_back.
-- column: stage | Stage that was entered, completed or left; of who came back the first one then, if any.
-- column: customer_id | Pseudonymous id of the customer.
-- column: happened_at | When, in UTC; of a drop-off the time at which silence had become too long.
-- column: first_channel | Channel that brought the customer first.
-- column: journey_id | The journey; null for entered.
with ends as (
    select
        watermark_at,
        main_stage_model,
        coalesce(cast(to_ts as timestamptz), watermark_at) as until_at
    from ops.settings
),

asked as (
    select
        watermark_at,
        main_stage_model,
        until_at,
        case
            when cast(from_ts as timestamptz) >= until_at
                then error('from_ts must be before to_ts, which is ' || cast(until_at as varchar) || '.')
            else coalesce(cast(from_ts as timestamptz), until_at - interval 24 hours)
        end as after_at
    from ends
),

travelled as (
    select
        journeys.*,
        outcomes.outcome
    from journeys.journeys as journeys
    inner join asked on journeys.stage_model = asked.main_stage_model
    inner join marts.journey_outcomes as outcomes
        on journeys.stage_model = outcomes.stage_model and journeys.journey_id = outcomes.journey_id
),

changes as (
    select
        'entered' as change,
        passages.stage,
        passages.customer_id,
        passages.entered_at as happened_at,
        null as journey_id
    from marts.first_passages as passages
    inner join asked on passages.stage_model = asked.main_stage_model
    where not passages.is_skipped
    union all
    select
        'completed' as change,
        visits.stage,
        travelled.customer_id,
        travelled.goal_reached_at as happened_at,
        travelled.journey_id
    from travelled
    inner join journeys.stage_visits as visits
        on
            travelled.stage_model = visits.stage_model
            and travelled.journey_id = visits.journey_id
            and travelled.goal_reached_at = visits.entered_at
    inner join journeys.stages as stages
        on visits.stage_model = stages.stage_model and visits.stage = stages.stage
    where stages.is_goal
    union all
    select
        'dropped_off' as change,
        travelled.last_stage as stage,
        travelled.customer_id,
        travelled.lapses_at as happened_at,
        travelled.journey_id
    from travelled
    where travelled.outcome = 'dropped_off'
    union all
    select
        'came_back' as change,
        travelled.stages[1] as stage,
        travelled.customer_id,
        travelled.started_at as happened_at,
        travelled.journey_id
    from travelled
    where travelled.journey_index > 1
)

select
    changes.change,
    changes.stage,
    changes.customer_id,
    changes.happened_at,
    customers.first_channel,
    changes.journey_id
from changes
cross join asked
inner join journeys.customers as customers on changes.customer_id = customers.customer_id
where changes.happened_at > asked.after_at and changes.happened_at <= asked.until_at
order by
    changes.happened_at, changes.customer_id, changes.change, changes.stage, changes.journey_id
