"""Parquet files: typed columns become texts under the same rules as every other format."""

import json
import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from journey_analytics.errors import SourceFailure
from journey_analytics.sources.arrow_columns import to_column
from journey_analytics.sources.files import COMPRESSIONS, open_bytes
from journey_analytics.sources.lines import DOCUMENT_SCHEMA, Batch

RecordBatch = Any
"""pyarrow's; it comes without types."""

_ROWS = 100_000
_EXACT_FLOATS = 2**53


def read_parquet(path: Path) -> Iterator[Batch]:
    """Read a Parquet file as documents: each row becomes a JSON object.

    Whole numbers in float columns (customer ids, mostly) are written without a fraction, times as ISO 8601. JSON stands
    in the document as what it is, so that dotted paths lead into it. A column whose name occurs twice is named twice in
    ``columns`` and is in no document.

    Raises:
        SourceFailure: The file is not Parquet, or is broken.
    """
    with _seekable(path) as source:
        try:
            file = pq.ParquetFile(source)
        except (pa.ArrowException, OSError) as error:
            raise SourceFailure(f"{path.name}: not a Parquet file ({error}).") from None
        read = 0
        batches = file.iter_batches(batch_size=_ROWS)
        while (batch := _next(path, batches)) is not None:
            yield Batch(_documents(batch, read), tuple(batch.schema.names))
            read += batch.num_rows


@contextmanager
def _seekable(path: Path) -> Generator[object]:
    """Something that Arrow can jump about in: the file itself, or what is in the compressed file, on disk."""
    with open_bytes(path) as stream:
        if path.suffix.lower() not in COMPRESSIONS:
            yield path
            return
        with tempfile.TemporaryFile() as unpacked:
            shutil.copyfileobj(stream, unpacked)
            yield unpacked


def _next(path: Path, batches: Iterator[RecordBatch]) -> RecordBatch | None:
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError) as error:
        raise SourceFailure(
            f"{path.name}: the Parquet file is broken ({error}).", hint="Copy the file again; nothing of it was loaded."
        ) from None


def _documents(batch: RecordBatch, read: int) -> pl.DataFrame:
    names = batch.schema.names
    columns = [to_column(name, batch.column(place)) for place, name in enumerate(names) if names.count(name) == 1]
    frame = pl.DataFrame([column.values for column in columns])
    as_json = {column.values.name for column in columns if column.is_json}
    texts = [_as_text(frame, name) for name in frame.columns if name not in as_json]
    document = pl.struct(texts).struct.json_encode() if texts else pl.lit("{}")
    documents = frame.select(document=_with_json(document, sorted(as_json))).select(
        line=pl.int_range(read + 1, read + 1 + pl.len(), dtype=pl.Int64),
        raw="document",
        document="document",
        rule=None,
        reason=None,
    )
    marked = documents.cast(DOCUMENT_SCHEMA)
    for column in columns:
        told = f"column '{column.values.name}' is not UTF-8 text"
        is_broken = pl.int_range(pl.len()).is_in(column.broken)
        if column.broken:
            marked = marked.with_columns(
                rule=pl.when(is_broken).then(pl.lit("encoding")).otherwise("rule"),
                reason=pl.when(is_broken).then(pl.lit(told)).otherwise("reason"),
            )
    return marked


def _with_json(document: pl.Expr, names: Sequence[str]) -> pl.Expr:
    """The same documents with further entries, whose values are JSON already."""
    if not names:
        return document
    entries = [pl.lit(f"{json.dumps(name)}:") + pl.col(name).fill_null("null") for name in names]
    rest = document.str.strip_prefix("{").str.strip_suffix("}").replace("", None)
    return pl.lit("{") + pl.concat_str([rest, *entries], separator=",", ignore_nulls=True) + pl.lit("}")


def _as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    column, dtype = pl.col(name), frame.schema[name]
    if dtype.is_float():
        whole = (column == column.floor()) & (column.abs() < _EXACT_FLOATS)
        return (
            pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(column.cast(pl.String))
        ).alias(name)
    if isinstance(dtype, pl.Datetime):
        zone = "%z" if dtype.time_zone else ""
        return column.dt.to_string(f"%Y-%m-%dT%H:%M:%S%.6f{zone}").alias(name)
    if isinstance(dtype, pl.Duration):
        return column.dt.to_string("iso").alias(name)
    if dtype.is_nested():
        return column
    if dtype == pl.Binary:
        return column.bin.encode("base64").alias(name)
    return column.cast(pl.String).alias(name)
