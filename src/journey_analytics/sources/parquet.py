"""Parquet files: typed columns become texts under the same rules as every other format."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from journey_analytics.errors import SourceFailure
from journey_analytics.sources.lines import DOCUMENT_SCHEMA, Batch

_ROWS = 100_000
_EXACT_FLOATS = 2**53


def read_parquet(path: Path) -> Iterator[Batch]:
    """Read a Parquet file as documents: each row becomes a JSON object.

    Whole numbers in float columns (customer ids, mostly) are written without a fraction, times as ISO 8601.

    Raises:
        SourceFailure: The file is not Parquet.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise SourceFailure(f"{path.name}: not a Parquet file ({error}).") from None
    read = 0
    for batch in file.iter_batches(batch_size=_ROWS):
        frame = pl.DataFrame(batch)
        document = frame.select(pl.struct(_as_text(frame, name) for name in frame.columns).struct.json_encode())
        documents = pl.DataFrame({"document": document.to_series()}).select(
            line=pl.int_range(read + 1, read + 1 + pl.len(), dtype=pl.Int64),
            raw="document",
            document="document",
            rule=None,
            reason=None,
        )
        yield Batch(documents.cast(DOCUMENT_SCHEMA), tuple(frame.columns))
        read += frame.height


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
    if dtype.is_nested():
        return column
    if dtype == pl.Binary:
        return column.bin.encode("base64").alias(name)
    return column.cast(pl.String).alias(name)
