"""A load: the files read for it, and what became of their rows; the rows stand in temporary tables meanwhile."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import polars as pl

from journey_analytics.errors import SourceFailure
from journey_analytics.sources.files import content_hash, failures_told
from journey_analytics.sources.source import Target
from journey_analytics.steps.configured_sources import ConfiguredSource
from journey_analytics.steps.reading import ReadRows, read_rows
from journey_analytics.warehouse import staging
from journey_analytics.warehouse.connection import Connection
from journey_analytics.warehouse.ledger import FileStamp

_INCOMING = {
    Target.EVENTS: staging.INCOMING_EVENTS,
    Target.ROWS: staging.INCOMING_ROWS,
    Target.AD_COSTS: staging.INCOMING_COSTS,
}


@dataclass
class ReadFile:
    """A file of this load, and what became of its rows so far.

    Attributes:
        index: Which of the load's files it is.
        content_hash: What is known of its content, as ``ops.loaded_files`` has it.
        stamp: Where it stands, its size and its time of change.
        replaces: Content that stood in its place before, in a source whose exports replace each other.
        rows_count: Rows read.
        rules: Rows that a rule rejected or skipped, by verdict and rule.
        rejected: The rejected rows.
    """

    index: int
    content_hash: str
    stamp: FileStamp
    replaces: str | None = None
    rows_count: int = 0
    rules: dict[tuple[str, str], int] = field(default_factory=dict)
    rejected: list[pl.DataFrame] = field(default_factory=list)

    def count(self, verdict: str, rule: str, rows: int) -> None:
        """Note rows that a rule rejected or skipped."""
        self.rules[verdict, rule] = self.rules.get((verdict, rule), 0) + rows

    def total(self, verdict: str) -> int:
        """Rows of a verdict."""
        return sum(rows for (found, _), rows in self.rules.items() if found == verdict)

    @property
    def is_all_bad(self) -> bool:
        """Whether there were rows, and not one of them was good."""
        return self.rows_count > 0 and self.total("rejected") == self.rows_count

    def failure(self) -> SourceFailure:
        """What to say of a file that is bad throughout."""
        first = self.rejected[0].row(0, named=True)
        return SourceFailure(
            f"{self.stamp.path}: all {self.rows_count} rows are bad; the first, line {first['line']}: "
            f"{first['reason']}.",
            hint="Is it a file of another source? Nothing of it was loaded; it is tried again by the next run.",
        )


@dataclass
class Load:
    """What was read for a load.

    Attributes:
        source: The source.
        folder: Folder of the project.
        files: Files of which something can be used.
        bad_files: Files of which every row is bad; none of their rows are in the temporary tables.
        failures: Files that cannot be used, and why.
        warnings: What a person should know although nothing failed.
        forgotten: Contents whose partitions are read again, because a file was written over.
        files_count: Files that were opened.
    """

    source: ConfiguredSource
    folder: Path
    files: list[ReadFile] = field(default_factory=list)
    bad_files: list[ReadFile] = field(default_factory=list)
    failures: list[SourceFailure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    files_count: int = 0

    def read(
        self, connection: Connection, content_hash: str, stamp: FileStamp, replaces: str | None = None
    ) -> ReadFile | None:
        """Read a file into the temporary tables; None, and a failure, where it cannot be used."""
        file = ReadFile(self.files_count, content_hash, stamp, replaces)
        self.files_count += 1
        path = self.folder / stamp.path
        try:
            for rows in read_rows(connection, path, self.source.shapes(), self.source.layout, stamp.path):
                _gather(connection, file, rows)
            _check_unchanged(path, self.folder, stamp)
        except SourceFailure as failure:
            self.failures.append(failure)
            staging.forget_file(connection, file.index)
            return None
        if file.is_all_bad:
            staging.forget_file(connection, file.index)
            self.failures.append(file.failure())
            self.bad_files.append(file)
            return None
        if file.rows_count == 0:
            self.warnings.append(f"{self.source.name}: {path.name} is empty")
        self.files.append(file)
        return file

    def withdraw(self, connection: Connection, file: ReadFile) -> None:
        """Take a file out of the load, as if it had not been read."""
        staging.forget_file(connection, file.index)
        self.files.remove(file)


def stamp_of(path: Path, folder: Path) -> FileStamp:
    """What tells a file apart without reading it.

    Raises:
        SourceFailure: The file cannot be looked at.
    """
    with failures_told(path):
        status = path.stat()
    return FileStamp(os.path.relpath(path, folder), status.st_size, status.st_mtime_ns)


def known_as(source: ConfiguredSource, path: Path, shown_path: str) -> str:
    """Name of a file's content in the ledger: its hash, with one of the path where names of files mean something."""
    digest = content_hash(path)
    if not source.reads_file_names:
        return digest
    return f"{digest}/{hashlib.sha256(PurePath(shown_path).as_posix().encode()).hexdigest()[:16]}"


def _check_unchanged(path: Path, folder: Path, stamp: FileStamp) -> None:
    if stamp_of(path, folder) != stamp:
        raise SourceFailure(f"{path.name}: changed while it was being read; it will be read by the next run.")


def _gather(connection: Connection, file: ReadFile, rows: ReadRows) -> None:
    file.rows_count += rows.accepted.height + rows.refused.height
    for verdict, rule, count in rows.refused.group_by("verdict", "rule").len().iter_rows():
        file.count(verdict, rule, count)
    rejected = rows.refused.filter(pl.col("verdict") == "rejected")
    if rejected.height:
        file.rejected.append(rejected)
    if rows.shape is None or rows.accepted.is_empty():
        return
    if not rows.shape.is_event:
        file.count("skipped", "cost" if rows.shape.target is Target.AD_COSTS else "reference", rows.accepted.height)
    table = _INCOMING[rows.shape.target]
    staging.add_rows(connection, table, rows.accepted.with_columns(file_index=pl.lit(file.index, pl.Int64)))
