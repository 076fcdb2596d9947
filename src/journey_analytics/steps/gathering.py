"""Where the rows of a load go: into its temporary tables, each counted for the file that it stands in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from journey_analytics.errors import SourceFailure
from journey_analytics.places.place import FileStamp
from journey_analytics.sources.source import Target
from journey_analytics.steps.reading import ReadRows
from journey_analytics.steps.small_files import with_files
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
        fields: Fields that its rows have, and of small files those of rows that were read together with them.
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

    def forget_rows(self) -> None:
        """As if nothing of it had been read."""
        self.rows_count, self.first_rejected = 0, ""
        self.rules.clear()
        self.fields.clear()

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


def gather(connection: Connection, source: str, file: ReadFile, rows: ReadRows) -> None:
    """Put rows of a file into the temporary tables of a load."""
    index = pl.lit(file.index, pl.Int64).alias("file_index")
    placed = replace(rows, accepted=rows.accepted.with_columns(index), refused=rows.refused.with_columns(index))
    _gather(connection, source, {file.index: file}, placed)


def gather_together(connection: Connection, source: str, files: Mapping[int, ReadFile], rows: ReadRows) -> None:
    """Put rows of small files that were read together into the temporary tables of a load."""
    accepted = rows.accepted if rows.shape is None else with_files(rows.accepted)
    _gather(connection, source, files, replace(rows, accepted=accepted, refused=with_files(rows.refused)))


def _gather(connection: Connection, source: str, files: Mapping[int, ReadFile], rows: ReadRows) -> None:
    """Put rows into the temporary tables, and count them for their files."""
    accepted, refused = rows.accepted, rows.refused
    for index, verdict, rule, count in refused.group_by("file_index", "verdict", "rule").len().iter_rows():
        files[index].rows_count += count
        files[index].count(verdict, rule, count)
    rejected = refused.filter(pl.col("verdict") == "rejected")
    if rejected.height:
        for index, line, reason in rejected.group_by("file_index").agg(pl.col("line", "reason").first()).iter_rows():
            files[index].first_rejected = files[index].first_rejected or f"line {line}: {reason}"
        incoming.add_rejected(connection, rejected)
    if rows.shape is None:
        return
    # Of files that are read together, the first has the fields of all.
    file = next(iter(files.values()))
    file.fields = [fields_together([*file.fields, rows.fields.with_columns(row_kind=pl.lit(rows.shape.name))])]
    if accepted.is_empty():
        return
    for index, count in accepted.group_by("file_index").len().iter_rows():
        files[index].rows_count += count
        if not rows.shape.is_event:
            files[index].count("skipped", "cost" if rows.shape.target is Target.AD_COSTS else "reference", count)
    incoming.add_rows(connection, _INCOMING[rows.shape.target], source, accepted)
