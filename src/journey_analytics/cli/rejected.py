"""``journey rejected``: why rows were rejected, and the rows themselves."""

from typing import Annotated

from typer import Argument, Context, Option

from journey_analytics.cli.options import Shared

_RAW_SHOWN = 160


def rejected(
    context: Context,
    source: Annotated[str | None, Argument(help="Only this source of journey.toml.")] = None,
    rows: Annotated[bool, Option("--rows", help="Show the rows as they stand in their files.")] = False,
    limit: Annotated[int, Option(help="Rows to show at most; 0 for all.", min=0)] = 20,
) -> None:
    """Say why rows were rejected: by source and rule, with the first of each; or row by row."""
    from journey_analytics.steps.rejected import rejected_rows

    shared: Shared = context.obj
    found = rejected_rows(shared.project, source, limit)
    if shared.as_json:
        shared.document({"summary": found.summary.rows(named=True), "rows": found.rows.rows(named=True)})
        return
    total = found.summary["rows_count"].sum()
    if not total:
        shared.say("No row is rejected.")
    elif not rows:
        told = [(*row[:3], f"{row[3]}, line {row[4]}: {row[5]}") for row in found.summary.iter_rows()]
        shared.table(["Source", "Rule", "Rows", "The first of them"], told, numeric=[2])
        shared.say("The rows themselves: journey rejected --rows; after a fix: journey replay")
    else:
        for row in found.rows.iter_rows(named=True):
            shared.say(f"{row['path']}, line {row['line']}: {row['reason']}  [{row['rule']}]")
            raw = row["raw"].strip().replace("\n", "\\n")
            shared.say(f"    {raw[:_RAW_SHOWN]}{'…' if len(raw) > _RAW_SHOWN else ''}")
        if found.rows.height < total:
            shared.warn(f"{found.rows.height} of {total:,} rows; add --limit 0 for all")
