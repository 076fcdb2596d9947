"""CSV and TSV files: a record may span lines inside quotes, and one broken record never costs its neighbours."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from journey_analytics.errors import SourceFailure
from journey_analytics.sources.files import blocks, open_bytes
from journey_analytics.sources.lines import DOCUMENT_SCHEMA, Batch, read_lines

MOST_LINES = 10_000
"""A quote still open after so many lines is a stray one, not a long text."""

_QUOTED = r'"(?:[^"]|"")*"'


def read_delimited(path: Path, separator: str) -> Iterator[Batch]:
    """Read a delimited file with a header as documents: each record becomes a JSON object of texts.

    Raises:
        SourceFailure: The header names a column twice.
    """
    header: list[str] | None = None
    with open_bytes(path) as stream:
        for records in _records(read_lines(blocks(stream))):
            rest = records
            if header is None:
                header = _header(path, records["text"][0], separator)
                rest = records.slice(1)
            yield Batch(_documents(rest, header, separator), tuple(header))


def read_headerless(path: Path, header: Sequence[str]) -> Iterator[Batch]:
    """Read tab-separated lines without a header, and without quotes: a quotation mark is text like any other.

    Such files may have been given a header line; it is not a row.
    """
    with open_bytes(path) as stream:
        for lines in read_lines(blocks(stream)):
            fields = pl.col("text").str.count_matches("\t", literal=True) + 1
            wrong_count = pl.format(f"expected {len(header)} fields, found {{}}", fields)
            cells = pl.col("text").str.split_exact("\t", len(header) - 1).struct.rename_fields(list(header))
            document = cells.struct.with_fields(pl.field(name).replace("", None) for name in header)
            rows = lines.filter(pl.col("text") != "\t".join(header)).with_columns(
                raw="text",
                rule=pl.coalesce("rule", pl.when(fields != len(header)).then(pl.lit("csv"))),
                reason=pl.coalesce("reason", pl.when(fields != len(header)).then(wrong_count)),
            )
            judged = rows.with_columns(document=pl.when(pl.col("rule").is_null()).then(document.struct.json_encode()))
            yield Batch(judged.select(DOCUMENT_SCHEMA.names()).cast(DOCUMENT_SCHEMA), tuple(header))


def _header(path: Path, record: str, separator: str) -> list[str]:
    names = [name.strip() for name in next(csv.reader([record], delimiter=separator))]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise SourceFailure(f"{path.name}: the header names column '{min(twice)}' twice.")
    return names


def _records(content: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Join lines into records: a record goes on while a quote is open."""
    pending: pl.DataFrame | None = None
    for block in content:
        lines = block if pending is None else pl.concat([pending, block])
        quotes_before = pl.col("text").str.count_matches('"', literal=True).cum_sum().shift(1, fill_value=0)
        numbered = lines.with_columns(record=(quotes_before % 2 == 0).cum_sum())
        is_last = pl.col("record") == pl.col("record").max()
        open_quotes = numbered.filter(is_last)["text"].str.count_matches('"', literal=True).sum() % 2
        pending = numbered.filter(is_last).drop("record") if open_quotes else None
        if open_quotes:
            numbered = numbered.filter(~is_last)
        if numbered.height:
            yield _joined(numbered)
        if pending is not None and pending.height > MOST_LINES:
            yield _joined(pending.with_columns(record=0))
            pending = None
    if pending is not None:
        yield _joined(pending.with_columns(record=0))


def _joined(numbered: pl.DataFrame) -> pl.DataFrame:
    return (
        numbered.group_by("record", maintain_order=True)
        .agg(
            pl.col("line").first(),
            pl.col("text").str.join("\n"),
            pl.col("rule").drop_nulls().first(),
            pl.col("reason").drop_nulls().first(),
            lines=pl.struct("line", "text"),
        )
        .drop("record")
    )


def _documents(records: pl.DataFrame, header: list[str], separator: str) -> pl.DataFrame:
    separators = pl.col("text").str.replace_all(_QUOTED, "").str.count_matches(separator, literal=True)
    well_formed = pl.col("text").str.contains(_well_formed(len(header), separator))
    counted = records.with_columns(fields=separators + 1)
    # A stray quote swallows the lines up to the next one. What is then no well-formed record is taken apart again, so
    # that only the line with the stray quote is lost.
    swallowed = (pl.col("lines").list.len() > 1) & ~well_formed
    apart = (
        counted.filter(swallowed).select("rule", "reason", "lines").explode("lines").unnest("lines")
        .with_columns(fields=separators + 1)
    )  # fmt: skip
    single = pl.concat([counted.filter(~swallowed).drop("lines"), apart], how="diagonal").sort("line")
    # Quotes inside an unquoted field are text, and so are they to the reader of such records: it has the last word.
    odd = single.select((pl.col("text").str.contains('"', literal=True) & ~well_formed).arg_true()).to_series()
    as_read = pl.Series([len(_cells(record, separator)) for record in single["text"].gather(odd)], dtype=pl.UInt32)
    single = single.with_columns(single["fields"].scatter(odd, as_read))
    unbalanced = pl.col("text").str.replace_all(_QUOTED, "").str.contains('"', literal=True)
    wrong_count = pl.format(f"expected {len(header)} fields as in the header, found {{}}", pl.col("fields"))
    judged = single.with_columns(
        rule=pl.coalesce("rule", pl.when(unbalanced | (pl.col("fields") != len(header))).then(pl.lit("csv"))),
        reason=pl.coalesce(
            "reason",
            pl.when(unbalanced).then(pl.lit("a quote is not closed")),
            pl.when(pl.col("fields") != len(header)).then(wrong_count),
        ),
    )
    good = judged.filter(pl.col("rule").is_null())
    parsed = _parse(good["text"], header, separator)
    documents = good.with_columns(document=parsed.select(pl.struct(pl.all()).struct.json_encode()).to_series())
    return (
        pl.concat([documents, judged.filter(pl.col("rule").is_not_null())], how="diagonal")
        .sort("line")
        .select("line", raw="text", document="document", rule="rule", reason="reason")
        .cast(DOCUMENT_SCHEMA)
    )


def _well_formed(fields: int, separator: str) -> str:
    """A record by the letter of RFC 4180: quotes stand around a whole field or nowhere."""
    mark = re.escape(separator)
    field = rf'(?:{_QUOTED}|[^"{mark}\r\n]*)'
    return rf"^{field}(?:{mark}{field}){{{fields - 1}}}$"


def _parse(records: pl.Series, header: list[str], separator: str) -> pl.DataFrame:
    """Fields of records that have as many as the header; empty fields become null."""
    schema = dict.fromkeys(header, pl.String)
    if records.is_empty():
        return pl.DataFrame(schema=schema)
    text = "\n".join(records)
    try:
        parsed = pl.read_csv(
            text.encode(),
            has_header=False,
            separator=separator,
            schema=schema,
            quote_char='"',
            null_values=[""],
        )
    except pl.exceptions.PolarsError:
        parsed = None
    if parsed is not None and parsed.height == len(records):
        return parsed
    # Quotes inside unquoted fields are read differently by different readers; the standard library reads them as text.
    rows = [_cells(record, separator) for record in records]
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.all().replace("", None))


def _cells(record: str, separator: str) -> list[str]:
    """Fields of a record by the standard library's reader; none where that gives up."""
    try:
        return next(csv.reader(io.StringIO(record), delimiter=separator), [])
    except csv.Error:
        return []
