"""``journey explain``: why a number is what it is."""

from typing import Annotated

import typer
from typer import Argument, Context

from journey_analytics.cli.options import Shared

explain = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Say why an event has its stage, who a customer is, how a finding was counted.",
)


@explain.command()
def event(
    context: Context,
    name: Annotated[str, Argument(help="An event id, a touchpoint id, or the name or type of events.")],
) -> None:
    """Say which rule gave an event its stage, where it stands, and what else matched."""
    from journey_analytics.steps.explain import explain_event

    shared: Shared = context.obj
    found = explain_event(shared.project, name)
    for line in found.lines:
        shared.say(line)
    shared.document(found.document)


@explain.command()
def customer(
    context: Context,
    name: Annotated[
        str, Argument(help="A customer id, or an identifier: a customer number, an e-mail address, a cookie.")
    ],
) -> None:
    """Say which identifiers are a customer's and which rule linked each; addresses are shown in part."""
    from journey_analytics.steps.explain_customer import explain_customer

    shared: Shared = context.obj
    found = explain_customer(shared.project, name)
    for line in found.lines:
        shared.say(line)
    shared.document(found.document)


@explain.command()
def finding(
    context: Context, name: Annotated[str, Argument(help="Id of a finding, as journey findings lists it.")]
) -> None:
    """Say what a finding counted, how it was judged, and which queries give its numbers and customers."""
    from journey_analytics.steps.explain_finding import explain_finding

    shared: Shared = context.obj
    found = explain_finding(shared.project, name)
    for line in found.lines:
        shared.say(line)
    shared.document(found.document)
