"""How much memory there is, and what a database may use of it; the rest waits in a folder beside the file.

A database left to itself takes most of the machine, and the transforms need their share too.
"""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from journey_analytics.warehouse.connection import Connection, opened

_MEGABYTE = 1024**2

LOADING = 640 * _MEGABYTE
"""For a load: the rest of the process needs about as much again, whatever there is to load."""

READING = 1024 * _MEGABYTE
"""For taking rows apart, some at a time."""

_ENOUGH_EVENTS, _LEAST_EVENTS = 2_000_000, 250_000
_BYTES_PER_EVENT = 512
"""About what an event and all that is computed from it need."""

_MOST_BUCKETS = 50
"""To find the events of each, all are read: so many times costs as much as computing what follows from them."""

_LEAST_BUILDING, _MOST_BUILDING = 640 * _MEGABYTE, 2_048 * _MEGABYTE


@cache
def memory_bytes() -> int:
    """Memory that a database left to itself takes: four fifths of the machine's, or the container's if that is less."""
    with opened() as connection:
        limit = connection.sql("select parse_formatted_bytes(current_setting('memory_limit'))")
        return limit.fetchall()[0][0]


def for_building() -> int:
    """For a build: a third of that, within bounds; another third goes to the transforms."""
    return min(max(memory_bytes() // 3, _LEAST_BUILDING), _MOST_BUILDING)


def events_at_a_time(events_count: int) -> int:
    """How many of so many events to transform at a time: enough to be fast, if they fit into a third of the memory."""
    enough = max(_ENOUGH_EVENTS, events_count // _MOST_BUCKETS)
    return min(enough, max(memory_bytes() // 3 // _BYTES_PER_EVENT, _LEAST_EVENTS))


@contextmanager
def reading() -> Generator[Connection]:
    """A database in memory in which rows are taken apart.

    Not the one that they go into: a load fills what that one may keep, and who asks for some of it while pages go to
    disk may be refused.
    """
    with opened() as connection:
        connection.execute(f"set memory_limit = '{READING // _MEGABYTE}MiB'")
        connection.execute("set temp_directory = ''")
        yield connection


@contextmanager
def spilling(database: Path, limit: int) -> Generator[Connection]:
    """Open a database that keeps so many bytes in memory; raises the same as ``connect``."""
    with opened(database) as connection:
        spill(connection, limit, database)
        yield connection


def spill(connection: Connection, limit: int, database: Path) -> None:
    """Keep so many bytes in memory: the rest goes to a folder beside a database, without what a kill left there."""
    folder = database.with_name(f"{database.name}.tmp")
    shutil.rmtree(folder, ignore_errors=True)
    connection.execute(f"set memory_limit = '{limit // _MEGABYTE}MiB'")
    connection.execute("set temp_directory = $1", [str(folder)])
