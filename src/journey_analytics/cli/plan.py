"""``journey plan``: what the next run would do, before it does it."""

from typer import Context

from journey_analytics.cli.options import Shared


def plan(context: Context) -> None:
    """Say what the next run would read and recompute, and what changed settings and rules move; writes nothing."""
    from journey_analytics.steps.plan import plan as find_plan

    shared: Shared = context.obj
    found = find_plan(shared.project)
    for line in found.lines:
        shared.say(line if shared.can_show("→") else line.replace("→", "->"))
    shared.document(found.document)
