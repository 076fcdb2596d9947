"""Stored stage fits, as a build found them."""

from journey_analytics.contracts.table import declare_table

STAGE_FITS = declare_table(
    "ops.stage_fits",
    "stage model whose stored fit the settings ask for",
    "stage_model",
    """
    stage_model VARCHAR!       | Name of the stage model.
    status VARCHAR!            | applied, not_shown, stale or missing.
    reason VARCHAR!            | Why, in a sentence.
    advice VARCHAR             | What to do next; null where there is nothing to do.
    fit_version VARCHAR        | Version of the fit: changes with anything in it.
    fitted_until TIMESTAMPTZ   | Up to when the fit had looked.
    customers_count BIGINT     | Customers that it was fitted to.
    sessions_count BIGINT      | Their sessions.
    later_sessions_count BIGINT | Sessions that both were to foretell, from the earlier ones: the latest fifth.
    log_loss DOUBLE            | Log-loss of the stage process in nats per session: less is better.
    rule_log_loss DOUBLE       | Log-loss of the chain of the rules.
    gain DOUBLE                | How much less the stage process loses.
    gain_low DOUBLE            | Lower end of its 95 % interval; above 0 the process foretells better beyond chance.
    gain_high DOUBLE           | Upper end.
    keeps_names BOOLEAN        | Whether its stages are still those of the rules.
    software VARCHAR           | Version of the software that fitted it.
    fit VARCHAR                | The fit itself, where it is applied.
    """,
)
