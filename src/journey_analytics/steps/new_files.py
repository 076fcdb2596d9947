"""Which files of a source are new: they are read into the load's temporary tables, not yet into staging."""

from pathlib import Path

from journey_analytics.errors import SourceFailure
from journey_analytics.steps.configured_sources import ConfiguredSource
from journey_analytics.steps.load import Load, known_as, stamp_of
from journey_analytics.steps.rewritten_files import read_again
from journey_analytics.warehouse import ledger, staging
from journey_analytics.warehouse.connection import Connection


def read_new_files(connection: Connection, source: ConfiguredSource, folder: Path, *, again: bool = False) -> Load:
    """Read the files whose content the ledger does not know, or all of them once more.

    In a source whose exports replace each other, a file that was written over takes what stood in it before out of
    staging; other files that hold rows of the same partitions are then read again.
    """
    load = Load(source, folder)
    staging.begin_load(connection)
    paths = source.files()
    if not paths:
        load.warnings.append(f"{source.name}: no file matches {', '.join(source.patterns)}")
    stamps = set() if again else ledger.known_stamps(connection, source.name)
    known = set() if again else ledger.known_hashes(connection, source.name)
    contents = ledger.contents_by_path(connection, source.name) if source.is_snapshot and not again else {}
    load.failures.extend(source.closed_folders())
    for path in paths:
        try:
            stamp = stamp_of(path, folder)
            if stamp in stamps:
                continue
            content = known_as(source, path, stamp.path)
        except SourceFailure as failure:
            load.failures.append(failure)
            continue
        if content in known:
            if not again:
                ledger.move_stamp(connection, source.name, content, stamp)
            continue
        known.add(content)
        load.read(connection, content, stamp, contents.get(stamp.path))
    read_again(connection, load)
    return load
