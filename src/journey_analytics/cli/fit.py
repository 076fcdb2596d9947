"""``journey fit``: infer stages from what customers do and when, and say whether that knows more than the rules."""

from typing import TYPE_CHECKING, Annotated

from typer import Context, Option

from journey_analytics.cli.options import Shared

if TYPE_CHECKING:
    from journey_analytics.steps.fit import Fitted


def fit(
    context: Context,
    model: Annotated[str | None, Option(help="Stage model, by the name that it gives itself; the main one.")] = None,
    replace: Annotated[
        bool, Option("--replace", help="Put the new fit in the place of one that could be applied.")
    ] = False,
) -> None:
    """Fit a process of hidden stages to the sessions of the last run, and store it for the nights to come."""
    from journey_analytics.steps.fit import fit_model

    shared: Shared = context.obj
    shared.say("Fitting: about a minute for a million interactions.")
    found = fit_model(shared.project, model, replace=replace)
    _show(shared, found)
    shared.document(found.document | {"exit_code": 0})


def _show(shared: Shared, found: "Fitted") -> None:
    from journey_analytics.readable import count, percent, plural

    fit = found.fit
    shared.say(
        f"{fit.stage_model}: fit {fit.version} to {plural(fit.sessions_count, 'session')} of "
        f"{plural(fit.customers_count, 'customer')} ({plural(fit.touchpoints_count, 'interaction')}), data until "
        f"{fit.watermark[:16].replace('T', ' ')} UTC"
    )
    shared.table(
        ["Stage", "Sessions by the rules", "By the fit", "Uncertain"],
        [(row[0], *(count(number) for number in row[1:])) for row in found.stages.iter_rows()],
        numeric=[1, 2, 3],
    )
    if found.agreement_rate is not None:
        told = percent(found.agreement_rate, exact=True)
        shared.say(f"Rules and fit say the same of {told} of the sessions that the rules put into a stage.")
    shared.say(fit.why)
    shared.say("")
    for line in found.lines:
        shared.say(line)
