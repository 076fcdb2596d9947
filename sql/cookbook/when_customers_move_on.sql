-- description: After how many days have how many moved on from each stage, or dropped off, with those who are still
--   undecided taken into account?
select
    stage,
    outcome,
    within_days,
    round(incidence_rate, 3) as share_by_then,
    round(undecided_rate, 3) as undecided,
    at_risk_count
from marts.stage_progress()
