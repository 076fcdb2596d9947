"""Ingest: read the files of a source that are new, and merge them into staging."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

import polars as pl

from journey_analytics.config import Project
from journey_analytics.contracts import FILE_RULES, LOADED_FILES
from journey_analytics.errors import ConfigurationError, SourceFailure
from journey_analytics.readable import plural
from journey_analytics.sources.source import Target
from journey_analytics.steps.configured_places import copies_folder
from journey_analytics.steps.configured_sources import ConfiguredSource
from journey_analytics.steps.derive import replace_derived
from journey_analytics.steps.load import Load
from journey_analytics.steps.new_files import read_new_files
from journey_analytics.steps.progress import OnProgress, unheard
from journey_analytics.steps.source_fields import fields_together, note_fields
from journey_analytics.warehouse import arrivals, ledger, memory, partitions, staging
from journey_analytics.warehouse.connection import Connection, transaction
from journey_analytics.warehouse.state_tables import create_state_tables

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
        events_count: Events that all rows of the source make now, where they are derived from rows that are kept.
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
    events_count: int | None = None
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
        made = f", which make {plural(self.events_count, 'event')}" if self.events_count is not None else ""
        return plural(self.files_count, "new file") + (f": {told}{made}" if told else "")


def ingest(project: Project, source: ConfiguredSource, run_id: str, on_progress: OnProgress = unheard) -> Ingested:
    """Load the new files of a source.

    Files whose content is known are not read again. Everything else is merged in one transaction with the ledger, so
    that after a crash the next run finds either all of it or nothing; of very many rows, in several such, each with
    files as a whole.

    Args:
        project: The project.
        source: Which source.
        run_id: Run that is noted in the ledger.
        on_progress: Called while files are read.

    Returns:
        Counts in rows, and files that failed as a whole: those stay out of the ledger and are tried again.

    Raises:
        ConfigurationError: The settings of the source changed and files that it loaded before are gone.
        SourceFailure: Under changed settings a file cannot be used; everything stays as it was loaded before.
        Unavailable: Another process has the database open.
    """
    with memory.reading() as reader, memory.spilling(project.state_database, memory.LOADING) as connection:
        with transaction(connection):
            create_state_tables(connection)
        before = ledger.contents_of_other_settings(connection, source.name, source.settings_hash)
        copies = copies_folder(project, source.name)
        # What a first load brings says nothing of how late events arrive, nor what is read again.
        is_arrival = bool(ledger.known_hashes(connection, source.name)) and not before
        result = Ingested(source.name)
        for load in read_new_files(connection, reader, source, copies, again=bool(before), on_progress=on_progress):
            result.failures, result.warnings = load.failures, load.warnings
            if before:
                replaced = partitions.replaced_contents(connection, source.name)
                _check_read_again(source, {name: path for name, path in before.items() if name not in replaced}, load)
                result.warnings.append(f"{source.name}: its settings changed; all its files were read again")
            if not (before or load.files or load.bad_files or load.forgotten):
                continue
            with transaction(connection):
                arrivals.note_known(connection, source.name)
                if before:
                    ledger.forget_source(connection, source.name)
                merge_load(connection, source, load, run_id, result)
                if is_arrival:
                    arrivals.record_arrivals(connection, source.name, run_id, datetime.now(UTC))
    return result


def _check_read_again(source: ConfiguredSource, before: dict[str, str], load: Load) -> None:
    """Staging is a function of rows and settings: under new settings, everything that stands must be read again.

    A file counts by its content, or by its path where it has grown since.
    """
    if load.failures:
        raise load.failures[0]
    contents, paths = {file.content_hash for file in load.files}, {file.stamp.path for file in load.files}
    gone = [
        path
        for content, path in before.items()
        if content not in contents and source.place_of(path).whole(path) not in paths
    ]
    if gone:
        raise ConfigurationError(
            f"the settings of source '{source.name}' changed, but {len(gone)} of its files are gone or no longer match "
            f"its 'files' ({', '.join(gone[:3])}): their rows cannot be read again under the new settings.",
            hint="Put the files back, take the change back, or give the changed [[sources]] block a new name.",
        )


def merge_load(connection: Connection, source: ConfiguredSource, load: Load, run_id: str, result: Ingested) -> None:
    """Merge what was read into staging, write the ledger, and sum up in ``result``; within a transaction."""
    if load.forgotten:
        partitions.forget_contents(connection, source.name, load.forgotten)
    held = partitions.partitions_of_load(connection)
    superseded = partitions.supersede(connection, source.name) if held.height else held
    event_kinds = [shape.name for shape in source.shapes() if shape.is_event]
    staging.merge_costs(connection, source.name)
    counts = [
        staging.merge_events(connection, source.name),
        staging.merge_rows(connection, source.name, event_kinds),
        superseded,
    ]
    keeps_rows = any(shape.target is Target.ROWS for shape in source.shapes())
    if staging.has_incoming_rows(connection) or (keeps_rows and load.forgotten):
        result.events_count, warnings = replace_derived(connection, source)
        result.warnings += warnings
    _record(connection, source, load, pl.concat(counts, how="diagonal"), run_id, result)
    fields = [frame for file in load.files for frame in file.fields]
    if fields:
        frozen = source.contract.is_frozen
        result.warnings += note_fields(connection, source.name, run_id, fields_together(fields), is_frozen=frozen)
    if held.height:
        _record_partitions(connection, source, load, held, pl.concat(counts[:2]))


def _record_partitions(
    connection: Connection, source: ConfiguredSource, load: Load, held: pl.DataFrame, counts: pl.DataFrame
) -> None:
    contents = pl.DataFrame(
        {
            "file_index": [file.index for file in load.files],
            "content_hash": [file.content_hash for file in load.files],
        },
        schema={"file_index": pl.Int64, "content_hash": pl.String},
    )
    loaded = counts.group_by("file_index", "partition").agg(pl.col("loaded_count").sum())
    partitions.record_partitions(
        connection,
        held.join(contents, on="file_index")
        .join(loaded, on=["file_index", "partition"], how="left")
        .with_columns(pl.col("loaded_count").fill_null(0), source=pl.lit(source.name))
        .drop("file_index"),
    )


def _record(
    connection: Connection,
    source: ConfiguredSource,
    load: Load,
    counts: pl.DataFrame,
    run_id: str,
    result: Ingested,
) -> None:
    """Write the ledger and sum up. A file that is bad throughout is not recorded as loaded, but its rows are kept."""
    by_file = counts.group_by("file_index").agg(pl.col(_COUNTS).sum())
    per_file = {row["file_index"]: row for row in by_file.iter_rows(named=True)}
    nothing = dict.fromkeys(_COUNTS, 0)
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
        for file in load.files
    ]
    rules = [
        {
            "source": source.name,
            "content_hash": file.content_hash,
            "verdict": verdict,
            "rule": rule,
            "rows_count": rows,
        }
        for file in load.files
        for (verdict, rule), rows in file.rules.items()
    ]
    read = [
        {"file_index": file.index, "content_hash": file.content_hash, "path": file.stamp.path}
        for file in [*load.files, *load.bad_files]
    ]
    for position in [file.position for file in load.files if file.position is not None]:
        ledger.move_position(connection, source.name, position)
    loaded_frame = pl.DataFrame(loaded, schema=LOADED_FILES.schema)
    ledger.record_files(
        connection,
        source.name,
        loaded_frame,
        pl.DataFrame(rules, schema=FILE_RULES.schema),
        pl.DataFrame(read, schema={"file_index": pl.Int64, "content_hash": pl.String, "path": pl.String}),
    )
    result.files_count += len(load.files)
    variants = int(loaded_frame["variants_count"].sum())
    if variants:
        result.warnings.append(
            f"{source.name}: {plural(variants, 'row')} with the key of another row and another content; of each key "
            "one stands. If rows are corrected later, the source needs a version."
        )
    for name in ("rows_count", "loaded_count", "duplicates_count", "rejected_count", "skipped_count"):
        setattr(result, name, getattr(result, name) + loaded_frame[name].sum())
