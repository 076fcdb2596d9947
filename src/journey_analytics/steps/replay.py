"""Replay: read files with rejected rows once more, after the settings, the files or the software were mended.

A file is read again as a whole, not row by row from what the ledger kept: a key may count repeats within the file, a
version may stand in its name, columns in its header (docs/adr/0016). So the result is that of a fresh load.
"""

from dataclasses import dataclass

import polars as pl

from journey_analytics.config import Project
from journey_analytics.places.place import remove_copies
from journey_analytics.steps.configured_places import copies_folder
from journey_analytics.steps.configured_sources import ConfiguredSource, configured_source, configured_sources
from journey_analytics.steps.ingest import Ingested, ingest, merge_load
from journey_analytics.steps.load import Load, known_as
from journey_analytics.steps.rewritten_files import read_again
from journey_analytics.steps.runs import OnStep, Run, only_run, recorded
from journey_analytics.warehouse import ledger, memory, replays
from journey_analytics.warehouse.connection import Connection, opened, transaction
from journey_analytics.warehouse.replays import RejectedFile
from journey_analytics.warehouse.state_tables import create_state_tables

_PLACE = ["content_hash", "line", "item"]


@dataclass(frozen=True)
class Replayed:
    """What became of the rejected rows of a source.

    Attributes:
        source: Name of the source.
        files_count: Files that were read again.
        rejected_count: Rejected rows that stood in them before.
        mended_count: Of these, rows that are no longer rejected.
        loaded_count: Rows that are loaded now and were not before.
        duplicates_count: Rows that are duplicates now and were not before.
        skipped_count: Rows that are skipped now and were not before.
        still: Rows still rejected: ``rule``, ``rows_count``, ``path`` and ``line`` of the first, and its ``reason``.
        gone: Rejected rows by path of files that are gone or have changed, so that they cannot be read again.
        warnings: What a person should know although nothing failed.
    """

    source: str
    files_count: int
    rejected_count: int
    mended_count: int
    loaded_count: int
    duplicates_count: int
    skipped_count: int
    still: pl.DataFrame
    gone: dict[str, int]
    warnings: list[str]


def replay(project: Project, source: str | None, run: Run, on_step: OnStep) -> list[Replayed]:
    """Read the files with rejected rows of one source, or of all, once more and merge what can be read by now.

    Args:
        project: The project.
        source: Name of the source; all when None.
        run: The run, for the ledger.
        on_step: Called after each source.

    Returns:
        One for each source that has rejected rows.

    Raises:
        UsageError: There is no such source.
        SourceFailure: A file that was loaded cannot be used any more; everything of its source stays as it was.
        ConfigurationError: The settings of a source changed and files that it loaded before are gone.
        Unavailable: A run is going on.
    """
    names = [found.name for found in configured_sources(project)]
    chosen = names if source is None else [configured_source(project, source).name]
    results: list[Replayed] = []
    if not project.state_database.exists():
        return results
    with only_run(project):
        for name in chosen:
            with opened(project.state_database) as connection:
                create_state_tables(connection)
                if not replays.rejected_files(connection, name):
                    continue
            with recorded(project, run, f"replay:{name}") as step:
                result = _replay_source(project, configured_source(project, name), run.run_id)
                step.rows_count = result.rejected_count
                step.detail = f"{result.mended_count:,} of {result.rejected_count:,} rejected rows mended"
                step.warnings = result.warnings
            on_step(step)
            results.append(result)
    return results


def _replay_source(project: Project, source: ConfiguredSource, run_id: str) -> Replayed:
    with memory.reading() as reader, memory.spilling(project.state_database, memory.LOADING) as connection:
        files = replays.rejected_files(connection, source.name)
        before, totals = replays.rejected_places(connection, source.name), replays.row_totals(connection, source.name)
        if ledger.contents_of_other_settings(connection, source.name, source.settings_hash):
            there, result = files, None
        else:
            load = Load(source, copies_folder(project, source.name), reader)
            there = _read_files(connection, load, files)
            result = Ingested(source.name, warnings=load.warnings)
            with transaction(connection):
                _merge_again(connection, source, load, run_id, result)
    result = result or ingest(project, source, run_id)
    with opened(project.state_database, read_only=True) as connection:
        after = replays.rejected_places(connection, source.name)
        totals_now = replays.row_totals(connection, source.name)
    contents = [file.content_hash for file in there]
    stood = before.filter(pl.col("content_hash").is_in(contents))
    still = after.filter(pl.col("content_hash").is_in(contents))
    return Replayed(
        source.name,
        len(there),
        stood.height,
        stood.join(still, on=_PLACE, how="anti").height,
        *(totals_now[name] - totals[name] for name in ("loaded", "duplicates", "skipped")),
        still=still.group_by("rule")
        .agg(pl.len().alias("rows_count"), pl.col("path", "line", "reason").first())
        .sort("rows_count", "rule", descending=[True, False]),
        gone={file.path: file.rows_count for file in files if file not in there},
        warnings=result.warnings,
    )


def _read_files(connection: Connection, load: Load, files: list[RejectedFile]) -> list[RejectedFile]:
    """Read the files that still hold what the ledger knows of them; returns those.

    Raises:
        SourceFailure: One that was loaded cannot be used any more.
    """
    source, there = load.source, list[RejectedFile]()
    remove_copies(load.copies)
    load.begin(connection)
    for file in files:
        place = source.place_of(file.path)
        stamp = place.stamp(file.path)
        if stamp is None:
            continue
        with place.at_hand(stamp, load.copies) as found:
            if known_as(source, found) != file.content_hash:
                continue
            there.append(file)
            # In a source of snapshots a file that is read again takes the place of itself.
            replaces = file.content_hash if source.is_snapshot and file.is_loaded else None
            if load.read(connection, file.content_hash, found, replaces) is None and file.is_loaded:
                raise load.failures[-1]
    read_again(connection, load)
    if len(load.failures) > len(load.bad_files):
        raise load.failures[-1]
    return there


def _merge_again(connection: Connection, source: ConfiguredSource, load: Load, run_id: str, result: Ingested) -> None:
    """Merge files whose rows may be there already, so that each row is accounted for once."""
    contents = [] if source.is_snapshot else [file.content_hash for file in load.files]
    loaded_before = replays.take_back(connection, source.name, contents)
    merge_load(connection, source, load, run_id, result)
    replays.give_back(connection, source.name, loaded_before)
