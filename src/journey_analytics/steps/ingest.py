"""Ingest: read the files of a source that are new, and merge them into staging in one transaction."""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl

from journey_analytics.config import Project
from journey_analytics.contracts import FILE_RULES, LOADED_FILES, REJECTED_ROWS
from journey_analytics.errors import ConfigurationError, SourceFailure
from journey_analytics.reports.words import plural
from journey_analytics.sources.files import content_hash
from journey_analytics.sources.source import Target
from journey_analytics.steps.configured_sources import ConfiguredSource
from journey_analytics.steps.derive import derive_events
from journey_analytics.steps.reading import ReadRows, read_rows
from journey_analytics.warehouse import ledger, staging
from journey_analytics.warehouse.connection import Connection, create_state_tables, opened, transaction
from journey_analytics.warehouse.ledger import FileStamp

_INCOMING = {
    Target.EVENTS: staging.INCOMING_EVENTS,
    Target.ROWS: staging.INCOMING_ROWS,
    Target.AD_COSTS: staging.INCOMING_COSTS,
}
_COUNTS = ("loaded_count", "duplicates_count", "variants_count")


@dataclass
class Ingested:
    """What an ingest did, in rows.

    Attributes:
        source: Name of the source.
        files_count: New files that were loaded.
        rows_count: Rows read from them.
        loaded_count: Rows whose key was new.
        duplicates_count: Rows whose key was there already.
        rejected_count: Rows that broke a rule.
        skipped_count: Rows that a named rule leaves out.
        failures: Files that could not be loaded at all, and why.
        warnings: What a person should know although nothing failed.
    """

    source: str
    files_count: int = 0
    rows_count: int = 0
    loaded_count: int = 0
    duplicates_count: int = 0
    rejected_count: int = 0
    skipped_count: int = 0
    failures: list[SourceFailure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """Where the rows went, in words."""
        counts = {
            "loaded": self.loaded_count,
            "duplicates": self.duplicates_count,
            "rejected": self.rejected_count,
            "skipped": self.skipped_count,
        }
        told = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
        return plural(self.files_count, "new file") + (f": {told}" if told else "")


@dataclass
class _LoadedFile:
    """A file of this load, and what became of its rows so far."""

    index: int
    content_hash: str
    stamp: FileStamp
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


def ingest(project: Project, source: ConfiguredSource, run_id: str) -> Ingested:
    """Load the new files of a source.

    Files whose content is known are not read again. Everything else is merged in one transaction with the ledger, so
    that after a crash the next run finds either all of it or nothing.

    Args:
        project: The project.
        source: Which source.
        run_id: Run that is noted in the ledger.

    Returns:
        Counts in rows, and files that failed as a whole: those stay out of the ledger and are tried again.

    Raises:
        ConfigurationError: The settings of the source changed and files that it loaded before are gone.
        Unavailable: Another process has the database open.
    """
    result = Ingested(source.name)
    with opened(project.state_database) as connection:
        create_state_tables(connection)
        _forget_other_settings(connection, source, project.folder, result)
        staging.begin_load(connection)
        files = list(_read_new_files(connection, source, project.folder, result))
        if files or result.failures:
            with transaction(connection):
                _merge(connection, source, files, run_id, result)
    return result


def _forget_other_settings(connection: Connection, source: ConfiguredSource, folder: Path, result: Ingested) -> None:
    """Staging is a function of rows and settings: when settings change, the files are read again."""
    paths = ledger.other_settings_paths(connection, source.name, source.settings_hash)
    gone = [path for path in paths if not (folder / path).exists()]
    if gone:
        raise ConfigurationError(
            f"the settings of source '{source.name}' changed, but {len(gone)} of its files are gone "
            f"({', '.join(gone[:3])}): their rows cannot be read again under the new settings.",
            hint="Put the files back, take the change back, or give the changed [[sources]] block a new name.",
        )
    if paths:
        with transaction(connection):
            ledger.forget_source(connection, source.name)
        result.warnings.append(f"{source.name}: its settings changed; all its files are read again")


def _read_new_files(
    connection: Connection, source: ConfiguredSource, folder: Path, result: Ingested
) -> Iterable[_LoadedFile]:
    paths = source.files()
    if not paths:
        result.warnings.append(f"{source.name}: no file matches {', '.join(source.patterns)}")
    stamps, hashes = (
        ledger.known_stamps(connection, source.name),
        ledger.known_hashes(connection, source.name),
    )
    for index, path in enumerate(paths):
        stamp = _stamp(path, folder)
        if stamp in stamps:
            continue
        digest = content_hash(path)
        if digest in hashes:
            ledger.move_stamp(connection, source.name, digest, stamp)
            continue
        hashes.add(digest)
        file = _LoadedFile(index, digest, stamp)
        try:
            for rows in read_rows(connection, path, source.shapes(), source.source.header):
                _gather(connection, file, rows)
            _check_unchanged(path, folder, stamp)
        except SourceFailure as failure:
            result.failures.append(failure)
            staging.forget_file(connection, index)
            continue
        if file.rows_count == 0:
            result.warnings.append(f"{source.name}: {path.name} is empty")
        yield file


def _check_unchanged(path: Path, folder: Path, stamp: FileStamp) -> None:
    if _stamp(path, folder) != stamp:
        raise SourceFailure(f"{path.name}: changed while it was being read; it will be read by the next run.")


def _gather(connection: Connection, file: _LoadedFile, rows: ReadRows) -> None:
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


def _merge(
    connection: Connection,
    source: ConfiguredSource,
    files: list[_LoadedFile],
    run_id: str,
    result: Ingested,
) -> None:
    for file in files:
        if file.is_all_bad:
            staging.forget_file(connection, file.index)
            first = file.rejected[0].row(0, named=True)
            result.failures.append(
                SourceFailure(
                    f"{file.stamp.path}: all {file.rows_count} rows are bad; the first, line {first['line']}: "
                    f"{first['reason']}.",
                    hint="Is it a file of another source? Nothing of it was loaded; it is tried again by the next run.",
                )
            )
    event_kinds = [shape.name for shape in source.shapes() if shape.is_event]
    staging.merge_costs(connection, source.name)
    counts = [
        staging.merge_events(connection, source.name),
        staging.merge_rows(connection, source.name, event_kinds),
    ]
    if staging.has_incoming_rows(connection):
        derived = derive_events(connection, source)
        staging.replace_events(connection, source.name, derived.events)
        staging.replace_links(connection, source.name, derived.links)
    _record(connection, source, files, pl.concat(counts), run_id, result)


def _record(
    connection: Connection,
    source: ConfiguredSource,
    files: list[_LoadedFile],
    counts: pl.DataFrame,
    run_id: str,
    result: Ingested,
) -> None:
    """Write the ledger and sum up. A file that is bad throughout is not recorded as loaded, but its rows are kept."""
    by_file = counts.group_by("file_index").sum()
    per_file = {row["file_index"]: row for row in by_file.iter_rows(named=True)}
    nothing = dict.fromkeys(_COUNTS, 0)
    good = [file for file in files if not file.is_all_bad]
    loaded = [
        {
            "source": source.name,
            "content_hash": file.content_hash,
            "settings_hash": source.settings_hash,
            **asdict(file.stamp),
            "rows_count": file.rows_count,
            **{name: (per_file.get(file.index) or nothing)[name] for name in _COUNTS},
            "rejected_count": file.total("rejected"),
            "skipped_count": file.total("skipped"),
            "run_id": run_id,
        }
        for file in good
    ]
    rules = [
        {
            "source": source.name,
            "content_hash": file.content_hash,
            "verdict": verdict,
            "rule": rule,
            "rows_count": rows,
        }
        for file in good
        for (verdict, rule), rows in file.rules.items()
    ]
    rejected = [
        rows.drop("verdict").with_columns(
            source=pl.lit(source.name), content_hash=pl.lit(file.content_hash), path=pl.lit(file.stamp.path)
        )
        for file in files
        for rows in file.rejected
    ]
    loaded_frame = pl.DataFrame(loaded, schema=LOADED_FILES.schema)
    ledger.record_files(
        connection,
        loaded_frame,
        pl.DataFrame(rules, schema=FILE_RULES.schema),
        pl.concat(rejected) if rejected else REJECTED_ROWS.empty(),
    )
    result.files_count = len(good)
    for name in ("rows_count", "loaded_count", "duplicates_count", "rejected_count", "skipped_count"):
        setattr(result, name, loaded_frame[name].sum())


def _stamp(path: Path, folder: Path) -> FileStamp:
    status = path.stat()
    return FileStamp(os.path.relpath(path, folder), status.st_size, status.st_mtime_ns)
