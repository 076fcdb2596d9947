"""A load: the files read for it, and what became of their rows; the rows stand in temporary tables meanwhile."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import polars as pl

from journey_analytics.errors import SourceFailure
from journey_analytics.places.place import AtHand, FileStamp
from journey_analytics.sources.read_ahead import read_ahead
from journey_analytics.sources.source import Target
from journey_analytics.steps.configured_sources import ConfiguredSource
from journey_analytics.steps.field_watch import FieldWatch
from journey_analytics.steps.larger_batches import in_larger_batches
from journey_analytics.steps.progress import OnProgress, Progress, unheard
from journey_analytics.steps.reading import ReadRows, read_rows
from journey_analytics.steps.source_fields import fields_together
from journey_analytics.warehouse import incoming
from journey_analytics.warehouse.connection import Connection

_INCOMING = {
    Target.EVENTS: incoming.INCOMING_EVENTS,
    Target.ROWS: incoming.INCOMING_ROWS,
    Target.AD_COSTS: incoming.INCOMING_COSTS,
}


@dataclass
class ReadFile:
    """A file of this load, and what became of its rows so far.

    Attributes:
        index: Which of the load's files it is.
        content_hash: What is known of its content, as ``ops.loaded_files`` has it.
        stamp: Where it stands, its size and its time of change.
        position: How far a source with a cursor has been read with it.
        replaces: Content that stood in its place before, in a source whose exports replace each other.
        rows_count: Rows read.
        rules: Rows that a rule rejected or skipped, by verdict and rule.
        first_rejected: Line and reason of the first row that was rejected.
        fields: Fields that its rows have, by batch or taken together.
    """

    index: int
    content_hash: str
    stamp: FileStamp
    position: str | None = None
    replaces: str | None = None
    rows_count: int = 0
    rules: dict[tuple[str, str], int] = field(default_factory=dict)
    first_rejected: str = ""
    fields: list[pl.DataFrame] = field(default_factory=list)

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
        return SourceFailure(
            f"{self.stamp.path}: all {self.rows_count} rows are bad; the first, {self.first_rejected}.",
            hint="Is it a file of another source? Nothing of it was loaded; it is tried again by the next run.",
        )


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

    def __post_init__(self) -> None:
        """What is learned of fields in one file serves for the next."""
        self.watch = FieldWatch(self.source.contract)

    @property
    def gathered_count(self) -> int:
        """Rows in the temporary tables."""
        return sum(file.rows_count for file in [*self.files, *self.bad_files])

    def begin(self, connection: Connection) -> None:
        """Empty the temporary tables; what was in them has been merged, or is not wanted."""
        incoming.begin_load(connection)
        self.files.clear()
        self.bad_files.clear()
        self.forgotten.clear()

    def read(
        self, connection: Connection, content_hash: str, found: AtHand, replaces: str | None = None
    ) -> ReadFile | None:
        """Read a file into the temporary tables; None, and a failure, where it cannot be used."""
        stamp = found.stamp
        file = ReadFile(self.files_count, content_hash, stamp, found.position, replaces)
        self.files_count += 1
        name = PurePath(stamp.path).name
        try:
            shapes, layout = self.source.shapes(), self.source.layout
            batches = read_rows(self.reader, found.path, shapes, layout, stamp.path, self.watch)
            for rows in read_ahead(in_larger_batches(batches)):
                _gather(connection, self.source.name, file, rows)
                self._tell(rows=rows.accepted.height + rows.refused.height)
            self.source.place_of(stamp.path).check_unchanged(stamp)
        except SourceFailure as failure:
            self.failures.append(failure)
            incoming.forget_file(connection, file.index)
            return None
        self._tell(size=stamp.bytes_count)
        if file.is_all_bad:
            self.failures.append(file.failure())
            self.bad_files.append(file)
            return None
        if file.rows_count == 0:
            self.warnings.append(f"{self.source.name}: {name} is empty")
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


def _gather(connection: Connection, source: str, file: ReadFile, rows: ReadRows) -> None:
    file.rows_count += rows.accepted.height + rows.refused.height
    for verdict, rule, count in rows.refused.group_by("verdict", "rule").len().iter_rows():
        file.count(verdict, rule, count)
    rejected = rows.refused.filter(pl.col("verdict") == "rejected")
    if rejected.height:
        first = rejected.row(0, named=True)
        file.first_rejected = file.first_rejected or f"line {first['line']}: {first['reason']}"
        incoming.add_rejected(connection, file.index, rejected)
    if rows.shape is not None:
        file.fields = [fields_together([*file.fields, rows.fields.with_columns(row_kind=pl.lit(rows.shape.name))])]
    if rows.shape is None or rows.accepted.is_empty():
        return
    if not rows.shape.is_event:
        file.count("skipped", "cost" if rows.shape.target is Target.AD_COSTS else "reference", rows.accepted.height)
    table = _INCOMING[rows.shape.target]
    placed = rows.accepted.with_columns(file_index=pl.lit(file.index, pl.Int64))
    incoming.add_rows(connection, table, source, placed)
