"""Files of any format as documents: one JSON text per line, array element or table row, with its place in the file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

import polars as pl

from journey_analytics.errors import SourceFailure
from journey_analytics.sources.delimited import read_delimited, read_headerless
from journey_analytics.sources.files import blocks, data_suffix, text_chunks
from journey_analytics.sources.json_values import JsonText, JsonValue, begins_with_value_line
from journey_analytics.sources.lines import DOCUMENT_SCHEMA, Batch, lines_of, read_lines
from journey_analytics.sources.parquet import read_parquet
from journey_analytics.sources.read_ahead import read_ahead

FORMATS = (".ndjson", ".jsonl", ".json", ".csv", ".tsv", ".parquet", ".form")
_WITHOUT_HEADER = (".tsv", ".txt", "")


@dataclass(frozen=True)
class Layout:
    """How the delimited files of a source are laid out.

    Attributes:
        separator: Between the columns of a CSV file; a TSV file has tabs.
        header: Columns of tab-separated files that come without a header line; such files may also end in ``.txt``,
            or have no ending at all.
    """

    separator: str = ","
    header: tuple[str, ...] = ()


def read_documents(path: Path, layout: Layout = Layout()) -> Iterator[Batch]:
    """Read a file in batches of documents.

    Args:
        path: A file in one of ``FORMATS``, plain or compressed as ``.gz`` or ``.zst``.
        layout: How delimited files of the source are laid out.

    Yields:
        Batches of documents: ``line`` (from 1), ``raw`` (the row as it stands), ``document`` (the row as JSON) and,
        where a line cannot be read at all, ``rule`` and ``reason``. Blank lines are not rows.

    Raises:
        SourceFailure: The file as a whole cannot be read.
    """
    match data_suffix(path):
        case ".ndjson" | ".jsonl":
            yield from _read_json_lines(path)
        case ".json":
            yield from _read_json(path)
        case suffix if layout.header and suffix in _WITHOUT_HEADER:
            yield from read_headerless(path, layout.header)
        case ".csv":
            yield from read_delimited(path, layout.separator)
        case ".tsv":
            yield from read_delimited(path, "\t")
        case ".parquet":
            yield from read_parquet(path)
        case ".form":
            yield from _read_forms(path)
        case ".xlsx" | ".xls" | ".ods" as suffix:
            raise SourceFailure(
                f"{path.name}: a spreadsheet ({suffix}) is not read, as it may hold several tables.",
                hint='Save each table of it as "CSV UTF-8", and name that file.',
            )
        case suffix:
            raise SourceFailure(
                f"{path.name}: files ending in '{suffix}' are not known.",
                hint=f"Known are {', '.join(FORMATS)}, plain or followed by .gz or .zst.",
            )


def _read_json_lines(path: Path) -> Iterator[Batch]:
    for lines in read_lines(read_ahead(blocks(text_chunks(path)))):
        yield _lines_batch(lines)


def _lines_batch(lines: pl.DataFrame) -> Batch:
    told = _without_blanks(lines).select("line", raw="text", document="text", rule="rule", reason="reason")
    return Batch(told.cast(DOCUMENT_SCHEMA))


def _without_blanks(lines: pl.DataFrame) -> pl.DataFrame:
    is_blank = lines["text"].str.strip_chars() == ""
    return lines.filter(~is_blank) if is_blank.any() else lines


def _read_json(path: Path) -> Iterator[Batch]:
    """A file called .json may be laid out in any way; an object per line, the common one, takes a shorter way."""
    text = JsonText()
    for block in blocks(text_chunks(path)):
        lines = lines_of(block, text.line) if text.is_between and begins_with_value_line(block) else None
        if lines is not None and (lines["text"].str.starts_with("{") & lines["text"].str.ends_with("}")).all():
            text.line += lines.height
            yield _lines_batch(lines)
        elif values := text.read(block):
            yield _values_batch(values)
    if values := text.rest():
        yield _values_batch(values)


def _values_batch(values: list[JsonValue]) -> Batch:
    raws = [value.text.decode(errors="replace") for value in values]
    is_broken = ["\ufffd" in raw and raw.encode() != value.text for raw, value in zip(raws, values, strict=True)]
    frame = pl.DataFrame(
        {"line": [value.line for value in values], "raw": raws, "problem": [value.problem for value in values]},
        schema={"line": pl.Int64, "raw": pl.String, "problem": pl.String},
    ).with_columns(encoding=pl.when(pl.Series(is_broken, dtype=pl.Boolean)).then(pl.lit("the value is not UTF-8 text")))
    documents = frame.select(
        "line",
        raw="raw",
        document="raw",
        rule=pl.when(pl.col("encoding").is_not_null()).then(pl.lit("encoding"))
        .when(pl.col("problem").is_not_null()).then(pl.lit("json")),
        reason=pl.coalesce("encoding", "problem"),
    )  # fmt: skip
    return Batch(documents.cast(DOCUMENT_SCHEMA))


def _read_forms(path: Path) -> Iterator[Batch]:
    """Bodies of webhooks as forms send them, one per line: ``type=open&data%5Bid%5D=7`` is ``{"type":"open", ...}``."""
    for lines in map(_without_blanks, read_lines(blocks(text_chunks(path)))):
        forms = [json.dumps(dict(parse_qsl(text, keep_blank_values=True))) for text in lines["text"]]
        documents = lines.rename({"text": "raw"}).with_columns(document=pl.Series(forms, dtype=pl.String))
        yield Batch(documents.select(DOCUMENT_SCHEMA.names()).cast(DOCUMENT_SCHEMA))
