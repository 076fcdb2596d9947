"""``journey query``: ask the published tables, in SQL or by the name of a cookbook question."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument, Context, Option

from journey_analytics.cli.options import Shared
from journey_analytics.errors import UsageError


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def query(
    context: Context,
    question: Annotated[str | None, Argument(help="SQL, or the name of a cookbook question; none lists them.")] = None,
    format_: Annotated[Format, Option("--format", help="How to print the answer.")] = Format.TABLE,
    limit: Annotated[int, Option(help="Rows to show at most; 0 for all.", min=0)] = 50,
    out: Annotated[Path | None, Option(help="File to write to; needed for parquet.")] = None,
) -> None:
    """Ask the published tables; read only."""
    from journey_analytics.steps.ask import ask, cookbook

    shared: Shared = context.obj
    if question is None:
        shared.table(["Question", "What it answers"], [(name, text) for name, text in cookbook().items()])
        shared.document(cookbook())
        return
    if format_ is Format.PARQUET and out is None:
        raise UsageError("parquet goes to a file.", hint="Add --out answer.parquet.")
    if out is not None and not out.parent.is_dir():
        raise UsageError(f"the folder {out.parent} does not exist.", hint="Make it, or name another one with --out.")
    answer = ask(shared.project.published_database, question, limit)
    frame = answer.frame
    chosen = Format.JSON if shared.as_json else format_
    match chosen:
        case Format.TABLE:
            numeric = [index for index, dtype in enumerate(frame.dtypes) if dtype.is_numeric()]
            shared.table(frame.columns, frame.rows(), numeric)
            if answer.is_cut:
                shared.warn(f"only the first {limit} rows; add --limit 0 for all")
        case Format.CSV:
            text = frame.write_csv()
            out.write_text(text, encoding="utf-8") if out else sys.stdout.write(text)
        case Format.JSON:
            text = frame.write_json() + "\n"
            out.write_text(text, encoding="utf-8") if out else sys.stdout.write(text)
        case Format.PARQUET:
            frame.write_parquet(out)  # type: ignore[arg-type]
