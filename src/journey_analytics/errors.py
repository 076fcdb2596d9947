"""Errors that a user can cause and mend: what was found, what is allowed, what to do next.

Each family has its exit code. The command line prints these without a traceback; anything else is a bug of ours.
"""

import errno
import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from difflib import get_close_matches


class JourneyError(Exception):
    """Base of every error shown to the user without a traceback.

    Attributes:
        message: What is wrong, with the name of the thing.
        hint: What to do next; empty when the message says it all.
        exit_code: Process exit code of the family.
        code: Stable identifier of the family, shown as ``error[CODE]``.
    """

    exit_code = 2
    code = "E-USAGE"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(JourneyError):
    """The command was called with words that do not fit."""


class ConfigurationError(JourneyError):
    """journey.toml or a stage model says something that cannot be."""

    code = "E-CONFIG"


class SourceFailure(JourneyError):
    """A file as a whole is unusable: all rows bad, a declared column missing, cut short; or its place refuses it."""

    exit_code = 1
    code = "E-SOURCE"


class ChecksFailed(JourneyError):
    """A check of error level found rows: nothing is published, yesterday's numbers stay."""

    exit_code = 1
    code = "E-CHECK"


class Unavailable(JourneyError):
    """Something is locked or out of reach; the same call may work later."""

    exit_code = 3
    code = "E-BUSY"


class DatabaseBroken(JourneyError):
    """A database file is damaged, or none of this program."""

    code = "E-DATABASE"


class StorageFailure(JourneyError):
    """The disk is full, a folder is closed to us, a file stands where a folder should.

    Worth a retry (exit code 3) where it may pass by itself.
    """

    code = "E-STORAGE"

    def __init__(self, number: int, what: str) -> None:
        kind = next(kind for kind in _STORAGE if number in kind[0])
        super().__init__(f"{what}: {os.strerror(number)}.", hint=kind[1])
        self.exit_code = kind[2]


class ContractBroken(JourneyError):
    """A frame or a SQL model does not have the columns that its contract promises."""

    code = "E-CONTRACT"


def did_you_mean(found: str, allowed: Iterable[str]) -> str:
    """A hint that names the nearest allowed word, or all of them when nothing is near.

    >>> did_you_mean("e-mail", ["ad", "email", "web"])
    "Did you mean 'email'?"
    >>> did_you_mean("xyz", ["ad", "web"])
    'Allowed: ad, web.'
    """
    words = sorted(allowed)
    near = get_close_matches(found, words, n=1, cutoff=0.6)
    return f"Did you mean '{near[0]}'?" if near else f"Allowed: {', '.join(words)}."


_STORAGE: tuple[tuple[tuple[int, ...], str, int], ...] = (
    ((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "Make room on the disk, then try again.", 3),
    ((errno.EROFS,), "Make the disk writable, or use a folder on another one.", 2),
    ((errno.EACCES, errno.EPERM), "Give this user the right to it, or use another folder.", 2),
    ((errno.ENOTDIR, errno.EEXIST), "A file stands where a folder is needed: move it away, or name a folder.", 2),
    ((errno.EISDIR,), "A folder stands where a file is needed: move it away, or name a file.", 2),
    ((errno.ENAMETOOLONG, errno.ELOOP), "Choose a shorter name, without links that lead back to themselves.", 2),
    ((errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY), "Look at the disk or the share, then try again.", 3),
    ((errno.ENOMEM, errno.EMFILE, errno.ENFILE), "Stop other programs, or raise the limits, then try again.", 3),
)
"""What can be wrong with a place on a disk: numbers of the operating system, what to do, exit code."""


def storage_failure(error: OSError) -> StorageFailure | None:
    """What an error of the operating system means for the user; None for one that only a bug explains."""
    known = any(error.errno in numbers for numbers, _, _ in _STORAGE)
    return StorageFailure(error.errno or 0, str(error.filename or "the disk")) if known else None


def storage_failure_in(text: str, what: str) -> StorageFailure | None:
    """The same for an error that reached us as a text of another library."""
    numbers = (number for numbers, _, _ in _STORAGE for number in numbers)
    found = next((number for number in numbers if os.strerror(number) in text), None)
    return StorageFailure(found, what) if found is not None else None


@contextmanager
def storage_failures() -> Generator[None]:
    """Tell errors of the operating system as errors that a user can mend.

    Raises:
        StorageFailure: Instead of the ``OSError`` that it explains.
    """
    try:
        yield
    except OSError as error:
        told = storage_failure(error)
        if told is None:
            raise
        raise told from error
