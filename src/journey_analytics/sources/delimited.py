"""CSV and TSV files as documents: each record becomes a JSON object of texts, under the names of the header."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from journey_analytics.errors import SourceFailure
from journey_analytics.sources.files import blocks, text_chunks
from journey_analytics.sources.lines import DOCUMENT_SCHEMA, NOT_UTF8, Batch, read_lines
from journey_analytics.sources.quoting import Quoting
from journey_analytics.sources.records import blanks, read_records

_CONVERT = 'In a spreadsheet: save as "CSV UTF-8". Or convert it: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW'


def read_delimited(path: Path, separator: str) -> Iterator[Batch]:
    """Read a delimited file with a header as documents: each record becomes a JSON object of texts.

    Raises:
        SourceFailure: The header cannot be read, or names a column twice.
    """
    quoting = Quoting(separator)
    header: list[str] = []
    for records in read_records(read_lines(blocks(text_chunks(path))), quoting):
        rest = records
        if not header:
            header = _header(path, records.head(1), quoting)
            rest = records.slice(1)
        yield Batch(_documents(rest, quoting.fields_of(rest["text"]), header), tuple(header))


def read_headerless(path: Path, header: Sequence[str]) -> Iterator[Batch]:
    """Read tab-separated lines without a header, and without quotes: a quotation mark is text like any other.

    Such files may have been given a header line; it is not a row.
    """
    for lines in read_lines(blocks(text_chunks(path))):
        rows = lines.filter(~pl.col("text").str.strip_chars(blanks("\t")).is_in(["", "\t".join(header)]))
        yield Batch(_documents(rows, rows["text"].str.split("\t"), header), tuple(header))


def _header(path: Path, record: pl.DataFrame, quoting: Quoting) -> list[str]:
    reason = record["reason"][0]
    if reason is not None:
        hint = _CONVERT if reason == NOT_UTF8 else "Mend the first line."
        raise SourceFailure(f"{path.name}: the header cannot be read: {reason}.", hint=hint)
    names = [name.strip() for name in quoting.fields_of(record["text"])[0]]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise SourceFailure(f"{path.name}: the header names column '{min(twice)}' twice.")
    return names


def _documents(records: pl.DataFrame, fields: pl.Series, header: Sequence[str]) -> pl.DataFrame:
    found = records.with_columns(fields.alias("fields"))
    count = pl.col("fields").list.len()
    wrong = pl.when(count != len(header)).then(pl.format(f"expected {len(header)} fields, found {{}}", count))
    judged = found.with_columns(reason=pl.coalesce("reason", wrong))
    texts = [pl.col("fields").list.get(place, null_on_oob=True).alias(name) for place, name in enumerate(header)]
    document = pl.struct(pl.when(text != "").then(text) for text in texts).struct.json_encode()
    is_good = pl.col("reason").is_null()
    return judged.select(
        "line",
        raw="text",
        document=pl.when(is_good).then(document),
        rule=pl.coalesce("rule", pl.when(~is_good).then(pl.lit("csv"))),
        reason="reason",
    ).cast(DOCUMENT_SCHEMA)
