-- description: Stored stage fits that the settings ask for, as this run found them: whether marts.session_stages has
--   stages by them, and why not. A run applies fits and never makes one: journey fit does.
-- grain: stage model of [stages] inferred
-- key: stage_model
-- not_null: status, reason
-- column: stage_model | Name of the stage model.
-- column: status | applied; not_shown: it foretells no better than the rules, or its stages are others than theirs;
--   stale: fitted with other stages, rules, [events] or [sessions] than now; missing.
-- column: reason | Why, in a sentence.
-- column: advice | What to do next; null where there is nothing to do.
-- column: fit_version | Version of the fit: changes with anything in it.
-- column: fitted_until | Up to when the fit had looked.
-- column: customers_count | Customers that it was fitted to.
-- column: sessions_count | Their sessions.
-- column: later_sessions_count | Sessions that both were to foretell from the earlier ones: the latest fifth.
-- column: log_loss | Log-loss of the stage process on these, in nats per session: less is better.
-- column: rule_log_loss | Log-loss of the Markov chain of the rules' stages, which knows gaps and drop-off too.
-- column: gain | How much less the stage process loses.
-- column: gain_low | Lower end of its 95 % interval; above 0 the process foretells better beyond chance.
-- column: gain_high | Upper end.
-- column: keeps_names | Whether the event types of a stage's rules are still likeliest in the stage of that name.
-- column: software | Version of the software that fitted it.
select
    stage_model,
    status,
    reason,
    advice,
    fit_version,
    fitted_until,
    customers_count,
    sessions_count,
    later_sessions_count,
    log_loss,
    rule_log_loss,
    gain,
    gain_low,
    gain_high,
    keeps_names,
    software
from state.ops.stage_fits
order by stage_model
