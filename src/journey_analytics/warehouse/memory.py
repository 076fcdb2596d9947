"""How much memory there is, and what a database may use of it; the rest waits in a folder beside the file.

A database left to itself takes most of the machine, and the transforms need their share too.
"""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from journey_analytics.warehouse.connection import Connection, opened

_GROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_MEGABYTE = 1024**2

LOADING = 640 * _MEGABYTE
"""For a load: the rest of the process needs about as much again, whatever there is to load."""

_LEAST_BUILDING, _MOST_BUILDING = 640 * _MEGABYTE, 3_072 * _MEGABYTE


def memory_bytes() -> int:
    """Memory that this process may use: that of the machine, or of the container if that is less."""
    limits = [path.read_text().strip() for path in _GROUP_LIMITS if path.exists()]
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([machine, *(int(limit) for limit in limits if limit.isdecimal())])


def for_building() -> int:
    """For a build: a quarter of what there is, within bounds; another quarter goes to the transforms."""
    return min(max(memory_bytes() // 4, _LEAST_BUILDING), _MOST_BUILDING)


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
