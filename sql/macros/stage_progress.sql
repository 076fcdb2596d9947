-- description: How many visits of each stage have moved on, or dropped off, after how many days of 24 hours, estimated
--   from all of them, those that are still undecided included for as long as they were seen: Aalen and Johansen's
--   estimate, as analysis.survival.stage_progress gives it, with intervals there. A visit moves on when the next stage
--   is entered; the last one of a journey ends when the journey lapses. Where at_risk_count is small, the curve is
--   uncertain.
-- macro: stage_progress(days := [1, 3, 7, 14, 30, 60, 90])
-- returns: table
-- grain: stage of the main model, outcome and number of days
-- example: marts.stage_progress()
-- all_arguments: marts.stage_progress(days := [7, 28])
-- column: stage | Stage.
-- column: outcome | moved_on, dropped_off, or completed: lapsed with the goal reached.
-- column: within_days | Days since the stage was entered, the end included.
-- column: incidence_rate | Share with that outcome by then.
-- column: undecided_rate | Share without any outcome by then; adds up to 1 with the incidences of the stage.
-- column: at_risk_count | Visits that were watched longer and were undecided.
with asked as (
    select
        main_stage_model,
        epoch_us(watermark_at) as watermark_micros
    from ops.settings
),

asked_days as (
    select unnest(days) as within_days
),

visits as (
    select
        visits.stage,
        visits.outcome,
        coalesce(epoch_us(visits.ended_at), asked.watermark_micros) - epoch_us(visits.entered_at) as micros
    from marts.visit_ends() as visits
    cross join asked
),

times as (
    select
        stage,
        micros,
        count(*) as leaving_count,
        count(outcome) as ending_count
    from visits
    group by stage, micros
),

exposed as (
    select
        stage,
        micros,
        ending_count,
        sum(leaving_count) over (partition by stage order by micros desc)::bigint as at_risk_count,
        leaving_count
    from times
),

survived as (
    select
        stage,
        micros,
        at_risk_count,
        at_risk_count - leaving_count as left_count,
        product(1 - ending_count / at_risk_count) over (partition by stage order by micros) as undecided_rate
    from exposed
),

before as (
    select
        *,
        coalesce(lag(undecided_rate) over (partition by stage order by micros), 1) as undecided_before
    from survived
),

ends as (
    select
        stage,
        outcome,
        micros,
        count(*) as outcome_count
    from visits
    where outcome is not null
    group by stage, outcome, micros
),

incidences as (
    select
        ends.stage,
        ends.outcome,
        ends.micros,
        sum(before.undecided_before * ends.outcome_count / before.at_risk_count) over (
            partition by ends.stage, ends.outcome order by ends.micros
        ) as incidence_rate
    from ends
    inner join before on ends.stage = before.stage and ends.micros = before.micros
),

outcomes as (
    select distinct
        stage,
        outcome
    from ends
),

totals as (
    select
        stage,
        count(*) as visits_count
    from visits
    group by stage
),

wanted as (
    select
        outcomes.stage,
        stages.stage_index,
        outcomes.outcome,
        asked_days.within_days,
        asked_days.within_days * 86400000000 as micros
    from outcomes
    cross join asked
    inner join journeys.stages as stages
        on asked.main_stage_model = stages.stage_model and outcomes.stage = stages.stage
    cross join asked_days
)

select
    wanted.stage,
    wanted.outcome,
    wanted.within_days,
    coalesce(incidences.incidence_rate, 0) as incidence_rate,
    coalesce(survived.undecided_rate, 1) as undecided_rate,
    coalesce(survived.left_count, totals.visits_count) as at_risk_count
from wanted
asof left join incidences
    on
        wanted.stage = incidences.stage
        and wanted.outcome = incidences.outcome
        and wanted.micros >= incidences.micros
asof left join survived
    on wanted.stage = survived.stage and wanted.micros >= survived.micros
inner join totals on wanted.stage = totals.stage
order by wanted.stage_index, wanted.outcome, wanted.within_days
