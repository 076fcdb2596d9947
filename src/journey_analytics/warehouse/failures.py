"""What DuckDB says of a file that is locked, damaged or out of reach, as an error that a user can mend."""

import errno
import re
from pathlib import Path

import duckdb

from journey_analytics.config import STATE_DATABASE
from journey_analytics.errors import DatabaseBroken, JourneyError, StorageFailure, Unavailable, storage_failure_in

_DAMAGED = (
    "corrupt", "checksum", "could not read enough bytes", "failed to deserialize", "serialization error",
    "failure while replaying wal", "database has been invalidated",
)  # fmt: skip
_OF_FILES = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)
_FILE_IN_TEXT = re.compile(r'file "([^"]+)"')


def file_failure(error: duckdb.Error, path: Path | None) -> JourneyError | None:
    """The error that a user can mend; None when the file is not at fault.

    Args:
        error: What DuckDB raised.
        path: The file that was open; the error may name another one.
    """
    text = str(error)
    named = _FILE_IN_TEXT.search(text)
    file = Path(named[1]) if named else path
    what = str(file or "the disk")
    if isinstance(error, duckdb.IOException) and re.search(r"\block\b", text, re.IGNORECASE):
        holder = re.search(r"PID (\d+)", text)
        by = f" by process {holder[1]}" if holder else ""
        return Unavailable(
            f"{what} is open for writing{by}.", hint="Wait for the run that is going on, then try again."
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        held = str(file or "a database in memory")
        return StorageFailure(errno.ENOSPC if "max_temp_directory_size" in text else errno.ENOMEM, held)
    if isinstance(error, _OF_FILES) and (told := storage_failure_in(text, what)):
        return told
    if file is not None and any(word in text.lower() for word in _DAMAGED):
        return DatabaseBroken(f"{what} is damaged: {text.strip()}", hint=how_to_mend(file))
    return None


def not_a_database(error: duckdb.Error, path: Path) -> DatabaseBroken:
    """A file that DuckDB refuses to open for any other reason."""
    return DatabaseBroken(
        f"{path} is not a DuckDB file that this version can read: {str(error).strip()}", hint=how_to_mend(path)
    )


def how_to_mend(path: Path) -> str:
    """What to do about a database that is not as it should be."""
    if path.name == STATE_DATABASE:
        return (
            f"Move {path.name} and {path.name}.wal out of {path.parent}, then: journey run. All files of the sources "
            "are read anew; rows of files that are gone by now are lost."
        )
    return "Make it anew with: journey run"
