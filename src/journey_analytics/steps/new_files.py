"""Which files of a source are new, and what stands in them: into the load's temporary tables, not yet into staging."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from journey_analytics.errors import SourceFailure
from journey_analytics.sources.files import content_hash
from journey_analytics.sources.source import Target
from journey_analytics.steps.configured_sources import ConfiguredSource
from journey_analytics.steps.reading import ReadRows, read_rows
from journey_analytics.warehouse import ledger, partitions, staging
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
        content_hash: sha256 of its bytes.
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
        files: Files of which something can be used.
        bad_files: Files of which every row is bad; none of their rows are in the temporary tables.
        failures: Files that cannot be used, and why.
        warnings: What a person should know although nothing failed.
        forgotten: Contents whose partitions are read again, because a file was written over.
    """

    files: list[ReadFile] = field(default_factory=list)
    bad_files: list[ReadFile] = field(default_factory=list)
    failures: list[SourceFailure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)


def read_new_files(connection: Connection, source: ConfiguredSource, folder: Path, *, again: bool = False) -> Load:
    """Read the files whose content the ledger does not know, or all of them once more.

    In a source whose exports replace each other, a file that was written over takes what stood in it before out of
    staging; other files that hold rows of the same partitions are then read again.

    Raises:
        SourceFailure: A file was written over, and another one that is needed beside it is gone.
    """
    load = Load()
    staging.begin_load(connection)
    paths = source.files()
    if not paths:
        load.warnings.append(f"{source.name}: no file matches {', '.join(source.patterns)}")
    for file in _all_files(folder, paths) if again else _new_files(connection, source, folder, paths):
        _read(connection, source, folder, file, load)
    replaced = [file.replaces for file in load.files if file.replaces]
    if replaced:
        shared = partitions.neighbours(connection, source.name, replaced)
        load.forgotten = list(dict.fromkeys([*replaced, *shared]))
        beside = {content: path for content, path in shared.items() if content not in replaced}
        for number, (content, path) in enumerate(beside.items(), start=len(paths)):
            if not (folder / path).exists():
                raise SourceFailure(
                    f"{source.name}: a file was written over, and {path}, which holds rows of the same days, is gone.",
                    hint="Put it back, so that its rows can be read again.",
                )
            known = len(load.failures)
            _read(connection, source, folder, ReadFile(number, content, _stamp(folder / path, folder)), load)
            if load.failures[known:]:
                raise load.failures[known]
    return load


def _all_files(folder: Path, paths: list[Path]) -> Iterable[ReadFile]:
    """Every content once, under the first of its names."""
    hashes: set[str] = set()
    for index, path in enumerate(paths):
        digest = content_hash(path)
        if digest not in hashes:
            hashes.add(digest)
            yield ReadFile(index, digest, _stamp(path, folder))


def _new_files(connection: Connection, source: ConfiguredSource, folder: Path, paths: list[Path]) -> Iterable[ReadFile]:
    stamps = ledger.known_stamps(connection, source.name)
    contents = ledger.contents_by_path(connection, source.name)
    hashes = ledger.known_hashes(connection, source.name)
    for index, path in enumerate(paths):
        stamp = _stamp(path, folder)
        if stamp in stamps:
            continue
        digest = content_hash(path)
        if digest in hashes:
            ledger.move_stamp(connection, source.name, digest, stamp)
            continue
        hashes.add(digest)
        yield ReadFile(index, digest, stamp, contents.get(stamp.path) if source.is_snapshot else None)


def _read(connection: Connection, source: ConfiguredSource, folder: Path, file: ReadFile, load: Load) -> None:
    path = folder / file.stamp.path
    try:
        for rows in read_rows(connection, path, source.shapes(), source.layout):
            _gather(connection, file, rows)
        _check_unchanged(path, folder, file.stamp)
    except SourceFailure as failure:
        load.failures.append(failure)
        staging.forget_file(connection, file.index)
        return
    if file.is_all_bad:
        staging.forget_file(connection, file.index)
        load.failures.append(file.failure())
        load.bad_files.append(file)
        return
    if file.rows_count == 0:
        load.warnings.append(f"{source.name}: {path.name} is empty")
    load.files.append(file)


def _check_unchanged(path: Path, folder: Path, stamp: FileStamp) -> None:
    if _stamp(path, folder) != stamp:
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


def _stamp(path: Path, folder: Path) -> FileStamp:
    status = path.stat()
    return FileStamp(os.path.relpath(path, folder), status.st_size, status.st_mtime_ns)
