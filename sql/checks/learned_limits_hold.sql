-- description: Learned limits of silence are about what would be learned now; journey lapse learn learns them anew.
-- severity: warning
-- found: Learned limits of silence no longer hold: {listed}; learn them anew with journey lapse learn.
-- listed: {stage} ({stage_model}) has {days_in_use} days, and would have {days_now}
select
    stage_model,
    stage,
    round(lapse_after_seconds / 86400, 1) as days_in_use,
    round(present_seconds / 86400, 1) as days_now,
    round(returning_rate, 3) as still_return
from ops.lapse_thresholds
where has_drifted and origin = 'learned'
order by stage_model, stage
