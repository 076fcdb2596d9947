"""Files that were written over, in a source whose exports replace each other: what else must be read again with them.

Staging does not know which file a row came from: one row may stand in several. So what a file said before leaves with
all rows of its partitions, and the other files that these partitions stand on are read again. Where the new content
says less than the partition had, an older export that was replaced before stands up again.
"""

from collections.abc import Generator
from contextlib import contextmanager

from journey_analytics.errors import SourceFailure
from journey_analytics.places.place import AtHand
from journey_analytics.steps.gathering import ReadFile
from journey_analytics.steps.load import Load, known_as
from journey_analytics.warehouse import partitions
from journey_analytics.warehouse.connection import Connection


def read_again(connection: Connection, load: Load) -> None:
    """Read what stands on the same partitions as the rewritten files of a load, and note what is to be forgotten.

    A rewritten file whose neighbours cannot be read is taken out of the load again: its old content stays.
    """
    pending = {file.replaces: file for file in load.files if file.replaces}
    while pending:
        first = next(iter(pending))
        paths = partitions.neighbours(connection, load.source.name, [first])
        together = list(dict.fromkeys([first, *paths]))
        rewritten = {name: pending.pop(name) for name in together if name in pending}
        others = {name: path for name, path in paths.items() if name not in rewritten}
        read = _read_others(connection, load, others, list(rewritten))
        if read is None:
            for file in rewritten.values():
                load.withdraw(connection, file)
        else:
            load.forgotten += together
    _raise_older(connection, load)


def _read_others(
    connection: Connection, load: Load, others: dict[str, str], rewritten: list[str]
) -> list[ReadFile] | None:
    """Read unchanged files; None, and nothing of them in the load, where one of them cannot be read."""
    read: list[ReadFile] = []
    present = {name: path for name, path in others.items() if _is_there(load, name, path)}
    bytes_seen = {_bytes_of(name) for name in (*rewritten, *present)}
    gone = [path for name, path in others.items() if name not in present and _bytes_of(name) not in bytes_seen]
    if gone:
        load.failures.append(_gone(load, gone[0]))
    for name, path in present.items() if not gone else ():
        file = _read(connection, load, name, path)
        if file is None:
            gone = [path]
            break
        read.append(file)
    if not gone:
        return read
    for file in read:
        load.withdraw(connection, file)
    return None


def _raise_older(connection: Connection, load: Load) -> None:
    """Read older exports of partitions that the load takes something from without giving as new a version back."""
    missed: dict[str, str] = {}
    while load.forgotten:
        older = partitions.older_exports(connection, load.source.name, load.forgotten)
        present = [name for name, path in older.items() if _is_there(load, name, path)]
        missed = {name: path for name, path in older.items() if name not in present}
        if not present:
            break
        paths = {name: older[name] for name in present}
        paths |= partitions.neighbours(connection, load.source.name, present)
        paths = {name: path for name, path in paths.items() if name not in load.forgotten}
        if _read_others(connection, load, paths, load.forgotten) is None:
            _withdraw_all(connection, load)
            return
        load.forgotten += paths
    load.warnings += [
        f"{load.source.name}: a newer export was written over with less, and {path}, which it had replaced, is gone"
        for path in missed.values()
    ]


def _withdraw_all(connection: Connection, load: Load) -> None:
    """Leave everything that stands as it is: of this load, only files that are new altogether are used."""
    for file in [file for file in load.files if file.replaces or file.content_hash in load.forgotten]:
        load.withdraw(connection, file)
    load.forgotten.clear()


def _read(connection: Connection, load: Load, name: str, path: str) -> ReadFile | None:
    with _at_hand(load, path) as found:
        if found is not None and known_as(load.source, found) == name:
            return load.read(connection, name, found)
    load.failures.append(_gone(load, path))
    return None


def _is_there(load: Load, name: str, path: str) -> bool:
    """Whether a file still holds the content that the ledger knows."""
    with _at_hand(load, path) as found:
        return found is not None and known_as(load.source, found) == name


@contextmanager
def _at_hand(load: Load, path: str) -> Generator[AtHand | None]:
    place = load.source.place_of(path)
    stamp = place.stamp(path)
    if stamp is None:
        yield None
        return
    with place.at_hand(stamp, load.copies) as found:
        yield found


def _bytes_of(name: str) -> str:
    """The part of a content's name that tells the bytes: a file that was only moved has the same."""
    return name.split("/", 1)[0]


def _gone(load: Load, path: str) -> SourceFailure:
    return SourceFailure(
        f"{load.source.name}: a file was written over, and {path}, which holds rows of the same parts, is gone or "
        "cannot be read as it was; what the written-over file said before stays.",
        hint=f"Put {path} back. If the new export consists of fewer files, put an empty file in its place.",
    )
