"""Small files that wait to be read together: what a batch costs, however few its rows, is paid once for many files.

Their documents become one batch, in which a line's number says also which file it is of.
"""

from collections.abc import Iterator
from pathlib import PurePath

import polars as pl

from journey_analytics.sources.lines import Batch

MOST_BYTES = 1024 * 1024
"""A file of more is read by itself; one of less may still turn out to hold too much."""

_MOST_WAITING = 16 * 1024 * 1024
"""Bytes of documents that wait at most: as much as half of what is read of a large file at a time."""

_LINES = 2**32
"""More than a small file has lines."""


class SmallFiles:
    """Documents of small files, by the columns of their tables and the index of the file."""

    def __init__(self) -> None:
        self._documents: dict[tuple[str, ...] | None, dict[int, pl.DataFrame]] = {}
        self._paths: dict[int, str] = {}
        self._bytes_count = 0
        self.rows_count = 0

    @property
    def is_full(self) -> bool:
        """Whether they should be read now."""
        return self._bytes_count >= _MOST_WAITING

    @property
    def path(self) -> pl.Expr:
        """The path of the file that a line is of."""
        return (pl.col("line") // _LINES).replace_strict(self._paths, return_dtype=pl.String)

    def add(self, file_index: int, path: PurePath, batch: Batch) -> None:
        """Let the documents of a file wait."""
        self._documents.setdefault(batch.columns, {})[file_index] = batch.documents
        self._paths[file_index] = path.as_posix()
        self._bytes_count += int(batch.documents["raw"].str.len_bytes().sum())
        self.rows_count += batch.documents.height

    def together(self) -> Iterator[Batch]:
        """All documents: one batch, or of tables one for all with the same columns."""
        for columns, documents in self._documents.items():
            yield Batch(pl.concat(_numbered(frame, index) for index, frame in documents.items()), columns)

    def each(self) -> Iterator[tuple[int, Batch]]:
        """One file after the other: its index and its documents."""
        for columns, documents in self._documents.items():
            for file_index, frame in documents.items():
                yield file_index, Batch(_numbered(frame, file_index), columns)


def _numbered(documents: pl.DataFrame, file_index: int) -> pl.DataFrame:
    return documents.with_columns(pl.col("line") + file_index * _LINES)


def only_batch(batches: Iterator[Batch]) -> Batch | None:
    """The documents of a file of one batch; None where there are more batches, or none."""
    first = next(batches, None)
    return first if first is not None and next(batches, None) is None else None


def with_files(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows read together, with the index of their file and their line in it."""
    return rows.with_columns(file_index=pl.col("line") // _LINES, line=pl.col("line") % _LINES)
