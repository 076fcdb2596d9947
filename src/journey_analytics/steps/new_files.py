"""Which files of a source are new: they are read into the load's temporary tables, not yet into staging."""

from collections.abc import Iterator
from pathlib import Path

from journey_analytics.errors import SourceFailure
from journey_analytics.places.place import remove_copies
from journey_analytics.steps.configured_sources import ConfiguredSource
from journey_analytics.steps.load import Load, known_as
from journey_analytics.steps.progress import OnProgress, unheard
from journey_analytics.steps.rewritten_files import read_again
from journey_analytics.warehouse import ledger
from journey_analytics.warehouse.connection import Connection

MOST_ROWS = 5_000_000
"""Rows that a load gathers before they are merged: what the database has to remember of each column grows with them."""


def read_new_files(
    connection: Connection,
    reader: Connection,
    source: ConfiguredSource,
    copies: Path,
    *,
    again: bool = False,
    on_progress: OnProgress = unheard,
) -> Iterator[Load]:
    """Read the files whose content the ledger does not know, or all of them once more.

    In a source whose exports replace each other, a file that was written over takes what stood in it before out of
    staging; other files that hold rows of the same partitions are then read again.

    Yields:
        The load, to be merged before it goes on: in parts where files bring very many rows and each stands for itself,
        otherwise once.
    """
    is_whole = again or source.is_snapshot
    load = Load(source, copies, reader, on_progress=on_progress)
    remove_copies(copies)
    load.begin(connection)
    listing = source.listed(None if again else ledger.position(connection, source.name))
    load.failures.extend(listing.failures)
    if not listing.stamps:
        load.warnings.append(f"{source.name}: no file matches {', '.join(source.patterns)}")
    stamps = set() if again else ledger.known_stamps(connection, source.name)
    known = set() if again else ledger.known_hashes(connection, source.name)
    contents = ledger.contents_by_path(connection, source.name) if source.is_snapshot and not again else {}
    load.bytes_total = sum(stamp.bytes_count for stamp in listing.stamps if stamp not in stamps)
    for stamp in listing.stamps:
        if stamp in stamps:
            continue
        if load.gathered_count >= MOST_ROWS and not is_whole:
            load.read_waiting(connection)
            yield load
            load.begin(connection)
        try:
            with source.place_of(stamp.path).at_hand(stamp, copies) as found:
                content = known_as(source, found)
                if content not in known:
                    known.add(content)
                    if source.is_snapshot:
                        load.read(connection, content, found, contents.get(stamp.path))
                    else:
                        load.read_soon(connection, content, found)
                elif not again:
                    ledger.move_stamp(connection, source.name, content, found.stamp)
        except SourceFailure as failure:
            load.failures.append(failure)
    load.read_waiting(connection)
    read_again(connection, load)
    yield load
