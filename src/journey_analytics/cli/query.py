"""``journey query``: ask the published tables, in SQL or by the name of a cookbook question."""

from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context, Option

from journey_analytics.cli.options import Shared
from journey_analytics.errors import UsageError

if TYPE_CHECKING:
    import polars as pl


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def query(
    context: Context,
    question: Annotated[str | None, Argument(help="SQL, or the name of a cookbook question; none lists them.")] = None,
    format_: Annotated[
        Format | None, Option("--format", help="How to print the answer; by the suffix of --out, or as a table.")
    ] = None,
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
    chosen = _chosen(Format.JSON if shared.as_json else format_, out)
    answer = ask(shared.project.published_database, question, limit, flat=chosen is Format.CSV)
    if chosen is Format.TABLE:
        frame = answer.frame
        numeric = [index for index, dtype in enumerate(frame.dtypes) if dtype.is_numeric()]
        shared.table(frame.columns, frame.rows(), numeric)
    else:
        _write(shared, answer.frame, chosen, out)
    if answer.is_cut:
        shared.warn(f"only the first {limit} rows; add --limit 0 for all")


def _chosen(format_: Format | None, out: Path | None) -> Format:
    """The format that was asked for, and whether it can go where it shall."""
    if out is None:
        if format_ is Format.PARQUET:
            raise UsageError("parquet goes to a file.", hint="Add --out answer.parquet.")
        return format_ or Format.TABLE
    if out.is_dir():
        raise UsageError(f"{out} is a folder.", hint=f"Name a file: --out {out / 'answer.csv'}")
    if not out.parent.is_dir():
        raise UsageError(f"the folder {out.parent} does not exist.", hint="Make it, or name another one with --out.")
    written = [format_.value for format_ in Format if format_ is not Format.TABLE]
    suffix = out.suffix.lower().removeprefix(".")
    if format_ is Format.TABLE or (format_ is None and suffix not in written):
        raise UsageError(
            f"how to write {out} is not known: a file is one of {', '.join(written)}.",
            hint=f"Add --format csv, or name it {out.with_suffix('.csv')}.",
        )
    return format_ or Format(suffix)


def _write(shared: Shared, frame: "pl.DataFrame", chosen: Format, out: Path | None) -> None:
    """Write an answer to a file, or to standard output."""
    if chosen is Format.PARQUET and out is not None:
        buffer = BytesIO()
        frame.write_parquet(buffer)
        out.write_bytes(buffer.getvalue())
        return
    text = frame.write_csv() if chosen is Format.CSV else frame.write_json() + "\n"
    if out is not None:
        out.write_text(text, encoding="utf-8")
    else:
        shared.write(text, is_json=chosen is Format.JSON)
