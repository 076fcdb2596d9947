"""``journey explain``: why a number is what it is."""

from typing import Annotated

import typer
from typer import Argument, Context

from journey_analytics.cli.options import Shared

explain = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Say why an event has its stage.")


@explain.callback()
def _more_to_come() -> None:
    """Keep ``event`` a word of its own while it is the only thing to explain."""


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
