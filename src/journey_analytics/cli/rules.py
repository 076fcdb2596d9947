"""``journey rules``: are the rules of a stage model right, and are they all of use?"""

from typing import Annotated

import typer
from typer import Argument, Context, Exit, Option

from journey_analytics.cli.options import Shared

rules = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Try the rules of stage models, on examples and on the data."
)


@rules.command("test")
def examples(
    context: Context,
    model: Annotated[str | None, Argument(help="Only this model of journey.toml.")] = None,
) -> None:
    """Try the examples of the stage models: does every event get the stage that its example names?"""
    from journey_analytics.readable import plural
    from journey_analytics.steps.rule_examples import try_examples

    shared: Shared = context.obj
    tried = try_examples(shared.project, model)
    for one in tried:
        for failure in one.failures:
            shared.warn(f'{failure.place}, "{failure.example}": {failure.told}')
        if not one.examples_count:
            shared.warn(f"{one.model}: it has no [[examples]]; docs/stage_models.md shows how to write one.")
            continue
        wrong = f"{len(one.failures)} otherwise" if one.failures else "all as expected"
        shared.say(
            f"{one.model}: {plural(one.examples_count, 'example')}, {plural(one.events_count, 'event')}, {wrong}"
        )
    code = 1 if any(one.failures for one in tried) else 0
    shared.document({"exit_code": code, "models": [one.document for one in tried]})
    raise Exit(code)


@rules.command()
def coverage(
    context: Context,
    model: Annotated[str | None, Argument(help="Only this model, by the name that it gives itself.")] = None,
    sample: Annotated[int | None, Option(help="Look at this many customers only.", min=1)] = None,
) -> None:
    """List interactions that no rule takes, with rules to paste, and rules that take none."""
    from journey_analytics.steps.rule_coverage import rule_coverage

    shared: Shared = context.obj
    found = rule_coverage(shared.project, model, sample)
    for one in found:
        for line in one.lines:
            shared.say(line)
        shared.say("")
    shared.document({"models": [one.document for one in found]})
