-- description: Visits of the stages of the main model and how they ended, up to now: the rows that mature_progress and
--   stage_progress count. A visit moves on when the next stage is entered; the last one of a journey ends when the
--   journey lapses, so that nobody drops off sooner.
-- macro: visit_ends()
-- returns: table
-- grain: visit of a stage of the main model
-- example: marts.visit_ends()
-- column: stage | Stage.
-- column: entered_at | When it was entered (UTC).
-- column: ended_at | When the visit ended (UTC). Null while it is undecided.
-- column: outcome | moved_on, dropped_off, or completed: lapsed with the goal reached. Null while it is undecided.
select
    visits.stage,
    visits.entered_at,
    case
        when visits.left_at is not null then visits.left_at
        when outcomes.is_lapsed then journeys.lapses_at
    end as ended_at,
    case
        when visits.left_at is not null then 'moved_on'
        when outcomes.is_lapsed then outcomes.outcome
    end as outcome
from journeys.stage_visits as visits
inner join ops.settings as settings on visits.stage_model = settings.main_stage_model
inner join journeys.journeys as journeys
    on visits.stage_model = journeys.stage_model and visits.journey_id = journeys.journey_id
inner join marts.journey_outcomes as outcomes
    on visits.stage_model = outcomes.stage_model and visits.journey_id = outcomes.journey_id
