"""``journey fields``: which fields the rows of a source had, and what becomes of them."""

from typing import Annotated

from typer import Argument, Context

from journey_analytics.cli.options import Shared


def fields(
    context: Context,
    source: Annotated[str, Argument(help="A source of journey.toml.")],
) -> None:
    """List the fields of a source's rows: read, kept or left out, since when, until when."""
    from journey_analytics.steps.source_fields import fields_of_source, known_fields_line

    shared: Shared = context.obj
    found = fields_of_source(shared.project, source)
    line = known_fields_line(found)
    if shared.as_json:
        shared.document({"fields": found.rows(named=True), "known_fields": line})
        return
    if found.is_empty():
        shared.say("No row of it was loaded yet.")
        return
    columns = ["row_kind", "field", "use", "first_seen_at", "last_seen_at"]
    told = [(*row[:3], f"{row[3]:%Y-%m-%d}", f"{row[4]:%Y-%m-%d}") for row in found.select(columns).iter_rows()]
    shared.table(["Rows", "Field", "Use", "First seen", "Last seen"], told)
    shared.say("")
    shared.say("To reject rows with any other field, write into its [[sources]] block:")
    shared.say('contract = "freeze"')
    shared.say(line)
