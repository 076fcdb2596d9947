"""A load: the files read for it, and what became of their rows; the rows stand in temporary tables meanwhile."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import polars as pl

from journey_analytics.errors import SourceFailure
from journey_analytics.places.place import AtHand
from journey_analytics.sources.lines import Batch
from journey_analytics.sources.read_ahead import read_ahead
from journey_analytics.steps.configured_sources import ConfiguredSource
from journey_analytics.steps.field_watch import FieldWatch
from journey_analytics.steps.gathering import ReadFile, gather, gather_together
from journey_analytics.steps.larger_batches import in_larger_batches
from journey_analytics.steps.parsing import parse, read_batches
from journey_analytics.steps.progress import OnProgress, Progress, unheard
from journey_analytics.steps.reading import read_rows, rows_of
from journey_analytics.steps.small_files import MOST_BYTES, SmallFiles, only_batch
from journey_analytics.warehouse import incoming
from journey_analytics.warehouse.connection import Connection


@dataclass
class Load:
    """What was read for a load.

    Attributes:
        source: The source.
        copies: Folder for copies of files that stand elsewhere.
        reader: Database in which rows are taken apart.
        files: Files of which something can be used.
        bad_files: Files of which every row is bad; only their rejected rows are in the temporary tables.
        failures: Files that cannot be used, and why.
        warnings: What a person should know although nothing failed.
        forgotten: Contents whose partitions are read again, because a file was written over.
        files_count: Files that were opened.
        on_progress: Called while files are read.
        bytes_total: Size of the files that seem to be new.
        bytes_count: Size of those read so far.
        rows_count: Rows read so far.
        watch: What is looked at in the fields of rows.
    """

    source: ConfiguredSource
    copies: Path
    reader: Connection
    files: list[ReadFile] = field(default_factory=list)
    bad_files: list[ReadFile] = field(default_factory=list)
    failures: list[SourceFailure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    files_count: int = 0
    on_progress: OnProgress = unheard
    bytes_total: int = 0
    bytes_count: int = 0
    rows_count: int = 0
    watch: FieldWatch = field(init=False)
    _small: SmallFiles = field(default_factory=SmallFiles, init=False)
    _waiting: dict[int, ReadFile] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """What is learned of fields in one file serves for the next."""
        self.watch = FieldWatch(self.source.contract)

    @property
    def gathered_count(self) -> int:
        """Rows in the temporary tables, or soon to be there."""
        return sum(file.rows_count for file in [*self.files, *self.bad_files]) + self._small.rows_count

    def begin(self, connection: Connection) -> None:
        """Empty the temporary tables; what was in them has been merged, or is not wanted."""
        incoming.begin_load(connection)
        self.files.clear()
        self.bad_files.clear()
        self.forgotten.clear()

    def read_soon(self, connection: Connection, content_hash: str, found: AtHand) -> None:
        """Read a file into the temporary tables; a small one together with others, at the latest by ``read_waiting``.

        Files stand in the load in the order in which they came all the same.
        """
        batch = self._small_batch(found)
        if batch is None:
            self.read_waiting(connection)
            self.read(connection, content_hash, found)
            return
        file = self._opened(content_hash, found)
        self._waiting[file.index] = file
        self._small.add(file.index, PurePath(file.stamp.path), batch)
        if self._small.is_full:
            self.read_waiting(connection)

    def read_waiting(self, connection: Connection) -> None:
        """Read the small files that wait."""
        files, small = self._waiting, self._small
        self._waiting, self._small = {}, SmallFiles()
        if not files:
            return
        for batch in small.together():
            self._gather_together(connection, files, batch, small.path)
        if len(files) > 1 and any(file.is_all_bad for file in files.values()):
            # The fields of a file that is bad throughout are not remembered, so each is read by itself after all.
            for file in files.values():
                incoming.forget_file(connection, file.index)
                file.forget_rows()
            for index, batch in small.each():
                self._gather_together(connection, {index: files[index]}, batch, small.path)
        for file in files.values():
            self._tell(rows=file.rows_count, size=file.stamp.bytes_count)
            self._settle(file)

    def read(
        self, connection: Connection, content_hash: str, found: AtHand, replaces: str | None = None
    ) -> ReadFile | None:
        """Read a file into the temporary tables; None, and a failure, where it cannot be used."""
        stamp = found.stamp
        file = self._opened(content_hash, found, replaces)
        try:
            shapes, layout = self.source.shapes(), self.source.layout
            batches = read_rows(self.reader, found.path, shapes, layout, stamp.path, self.watch)
            for rows in read_ahead(in_larger_batches(batches)):
                gather(connection, self.source.name, file, rows)
                self._tell(rows=rows.accepted.height + rows.refused.height)
            self.source.place_of(stamp.path).check_unchanged(stamp)
        except SourceFailure as failure:
            self.failures.append(failure)
            incoming.forget_file(connection, file.index)
            return None
        self._tell(size=stamp.bytes_count)
        return self._settle(file)

    def _opened(self, content_hash: str, found: AtHand, replaces: str | None = None) -> ReadFile:
        self.files_count += 1
        return ReadFile(self.files_count - 1, content_hash, found.stamp, found.position, replaces)

    def _small_batch(self, found: AtHand) -> Batch | None:
        """The documents of a small file; None of another, and of one that only reading it alone can tell of."""
        if found.stamp.bytes_count > MOST_BYTES or found.position is not None:
            return None
        path = PurePath(found.stamp.path)
        try:
            batch = only_batch(read_batches(found.path, self.source.shapes(), self.source.layout, path))
            self.source.place_of(found.stamp.path).check_unchanged(found.stamp)
        except SourceFailure:
            return None
        return batch

    def _gather_together(
        self, connection: Connection, files: Mapping[int, ReadFile], batch: Batch, path: pl.Expr
    ) -> None:
        for parsed in parse(self.reader, batch, self.source.shapes(), self.watch):
            gather_together(connection, self.source.name, files, rows_of(parsed, path))

    def _settle(self, file: ReadFile) -> ReadFile | None:
        """Take a file that was read into the load, or say why it cannot be used."""
        if file.is_all_bad:
            self.failures.append(file.failure())
            self.bad_files.append(file)
            return None
        if file.rows_count == 0:
            self.warnings.append(f"{self.source.name}: {PurePath(file.stamp.path).name} is empty")
        self.files.append(file)
        return file

    def _tell(self, *, rows: int = 0, size: int = 0) -> None:
        self.rows_count += rows
        self.bytes_count += size
        self.on_progress(Progress(self.source.name, self.rows_count, self.bytes_count, self.bytes_total))

    def withdraw(self, connection: Connection, file: ReadFile) -> None:
        """Take a file out of the load, as if it had not been read."""
        incoming.forget_file(connection, file.index)
        self.files.remove(file)


def known_as(source: ConfiguredSource, found: AtHand) -> str:
    """Name of a file's content in the ledger: its hash, with one of the path where names of files mean something."""
    if not source.reads_file_names:
        return found.digest
    return f"{found.digest}/{hashlib.sha256(PurePath(found.stamp.path).as_posix().encode()).hexdigest()[:16]}"
