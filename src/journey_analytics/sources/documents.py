"""Files of any format as documents: one JSON text per line, array element or table row, with its place in the file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

import polars as pl

from journey_analytics.errors import SourceFailure
from journey_analytics.sources.delimited import read_delimited, read_headerless
from journey_analytics.sources.files import blocks, data_suffix, open_bytes
from journey_analytics.sources.lines import DOCUMENT_SCHEMA, Batch, read_lines
from journey_analytics.sources.parquet import read_parquet

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
        case suffix:
            raise SourceFailure(
                f"{path.name}: files ending in '{suffix}' are not known.",
                hint=f"Known are {', '.join(FORMATS)}, plain or followed by .gz or .zst.",
            )


def _read_json_lines(path: Path) -> Iterator[Batch]:
    with open_bytes(path) as stream:
        for lines in read_lines(blocks(stream)):
            documents = lines.select("line", raw="text", document="text", rule="rule", reason="reason")
            yield Batch(documents.cast(DOCUMENT_SCHEMA))


def _read_forms(path: Path) -> Iterator[Batch]:
    """Bodies of webhooks as forms send them, one per line: ``type=open&data%5Bid%5D=7`` is ``{"type":"open", ...}``."""
    with open_bytes(path) as stream:
        for lines in read_lines(blocks(stream)):
            forms = [json.dumps(dict(parse_qsl(text, keep_blank_values=True))) for text in lines["text"]]
            documents = lines.rename({"text": "raw"}).with_columns(document=pl.Series(forms, dtype=pl.String))
            yield Batch(documents.select(DOCUMENT_SCHEMA.names()).cast(DOCUMENT_SCHEMA))


def _read_json(path: Path) -> Iterator[Batch]:
    """A file called .json is JSON lines if its first line is a whole document, else one document over all lines."""
    with open_bytes(path) as stream:
        first = stream.readline().lstrip(b"\xef\xbb\xbf").strip()
    if not first or _is_json(first):
        yield from _read_json_lines(path)
        return
    with open_bytes(path) as stream:
        content = stream.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceFailure(f"{path.name}: not UTF-8 text (byte {error.start}).") from None
    found = list(_elements(text)) if text.lstrip().startswith("[") else [(1, text.strip())]
    documents = pl.DataFrame(found, schema={"line": pl.Int64, "document": pl.String}, orient="row")
    yield Batch(
        documents.select("line", raw="document", document="document", rule=None, reason=None).cast(DOCUMENT_SCHEMA)
    )


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _elements(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of each element of a JSON array; what cannot be parsed is given whole as the last element."""
    decoder = json.JSONDecoder()
    position, line, counted = text.index("[") + 1, 1, 0
    while True:
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        if position >= len(text) or text[position] == "]":
            return
        line, counted = line + text.count("\n", counted, position), position
        try:
            _, end = decoder.raw_decode(text, position)
        except ValueError:
            yield line, text[position:].rstrip()
            return
        yield line, text[position:end]
        position = end
