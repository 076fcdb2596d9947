"""What every place can do: list what stands there, and put one thing of it at hand as a file of this machine."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from journey_analytics.errors import SourceFailure


@dataclass(frozen=True)
class FileStamp:
    """What tells a file apart without reading it.

    Attributes:
        path: Where it stands: relative to the project, or with the scheme of its place, such as ``s3://``.
        bytes_count: Its size.
        modified_nanoseconds: Its time of change, since 1970.
    """

    path: str
    bytes_count: int
    modified_nanoseconds: int


@dataclass(frozen=True)
class AtHand:
    """A file that can be read now.

    Attributes:
        path: The file itself, or a copy of it.
        stamp: What the ledger is to remember it by.
        digest: sha256 of its bytes.
        position: How far a source with a cursor has been read with it.
    """

    path: Path
    stamp: FileStamp
    digest: str
    position: str | None = None


@dataclass
class Listing:
    """What stands at a place, and what could not be looked at."""

    stamps: list[FileStamp] = field(default_factory=list)
    failures: list[SourceFailure] = field(default_factory=list)

    def add(self, other: "Listing") -> None:
        """Take over what another place has."""
        self.stamps += other.stamps
        self.failures += other.failures


class Place(Protocol):
    """A place where files of a source stand.

    Whatever cannot be used is told as a ``SourceFailure``, what may work later as ``Unavailable``.
    """

    def owns(self, path: str) -> bool:
        """Whether a path of the ledger is one of this place."""
        ...

    def whole(self, path: str) -> str:
        """What a path of the ledger is part of, where sources with a cursor read a thing bit by bit; else itself."""
        ...

    def listed(self, since: str | None) -> Listing:
        """What stands there now, in the order of the names.

        Args:
            since: How far a source with a cursor has been read.
        """
        ...

    def stamp(self, path: str) -> FileStamp | None:
        """What tells a file of the ledger apart now; None where it is gone."""
        ...

    def at_hand(self, stamp: FileStamp, folder: Path, *, beginning: bool = False) -> AbstractContextManager[AtHand]:
        """A file to read, for as long as the block lasts.

        Args:
            stamp: One of those listed.
            folder: Where a copy may be kept meanwhile.
            beginning: Whether only the first rows are wanted.
        """
        ...

    def check_unchanged(self, stamp: FileStamp) -> None:
        """Refuse what was read in place and is no longer what was listed."""
        ...


@contextmanager
def copy_folder(folder: Path) -> Generator[Path]:
    """A folder of its own for one copy, gone after the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="copy-") as own:
        yield Path(own)


def remove_copies(folder: Path) -> None:
    """Remove what a run that was killed has left."""
    shutil.rmtree(folder, ignore_errors=True)
