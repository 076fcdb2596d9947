"""Lines of text with their numbers; lines that are not UTF-8 are marked, not fatal."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

NOT_UTF8 = "the line is not UTF-8 text: save the file as UTF-8"
"""Why a line cannot be read that was written in the encoding of one system, such as Windows-1252."""

DOCUMENT_SCHEMA = pl.Schema(
    {"line": pl.Int64, "raw": pl.String, "document": pl.String, "rule": pl.String, "reason": pl.String}
)
"""One row per row of a file: where it stands, how it stands there, the same as JSON, and why it cannot be read."""


@dataclass(frozen=True)
class Batch:
    """Some documents of a file; ``columns`` are the names of a table's columns, None for JSON."""

    documents: pl.DataFrame
    columns: tuple[str, ...] | None = None


def read_lines(content: Iterator[bytes]) -> Iterator[pl.DataFrame]:
    """Split blocks of bytes into lines.

    Args:
        content: Blocks that end at a line end.

    Yields:
        Frames of ``line`` (from 1), ``text``, and ``rule`` and ``reason`` where a line is not UTF-8.
    """
    first = 1
    for block in content:
        lines = lines_of(block, first)
        first += lines.height
        yield lines


def lines_of(block: bytes, first: int) -> pl.DataFrame:
    """The lines of one block, of which the number of the first is given."""
    try:
        lines = pl.read_lines(block, name="text").with_columns(
            rule=pl.lit(None, pl.String), reason=pl.lit(None, pl.String)
        )
    except pl.exceptions.ComputeError:
        lines = _marked_lines(block)
    return lines.with_row_index("line", offset=first).with_columns(pl.col("line").cast(pl.Int64))


def _marked_lines(block: bytes) -> pl.DataFrame:
    """The rare block with a broken character: each line is decoded by itself."""
    texts = block.removesuffix(b"\n").replace(b"\r\n", b"\n").split(b"\n")
    decoded = [text.decode("utf-8", errors="replace") for text in texts]
    broken = [text.encode() != original for text, original in zip(decoded, texts, strict=True)]
    return pl.DataFrame({"text": decoded, "broken": broken}).select(
        "text",
        rule=pl.when("broken").then(pl.lit("encoding")),
        reason=pl.when("broken").then(pl.lit(NOT_UTF8)),
    )
