"""Files of this machine: they are read where they stand."""

import hashlib
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path, PurePath

from journey_analytics.errors import SourceFailure
from journey_analytics.places.place import AtHand, FileStamp, Listing


class LocalFiles:
    """Files that match patterns, relative to the folder of the project."""

    def __init__(self, source: str, folder: Path, patterns: Sequence[str]) -> None:
        self.source, self.folder, self.patterns = source, folder, patterns

    def owns(self, path: str) -> bool:
        """Every path that no other place claims is a local one."""
        return True

    def whole(self, path: str) -> str:
        """A file is whole."""
        return path

    def listed(self, since: str | None) -> Listing:
        """Files that match, and folders that may not be listed."""
        found = {path for pattern in self.patterns for path in self._matches(pattern)}
        listing = Listing(failures=self._closed_folders())
        for path in sorted(path for path in found if os.path.isfile(path)):  # noqa: PTH113, in a closed folder it raises
            try:
                listing.stamps.append(self._stamp_of(Path(path)))
            except SourceFailure as failure:
                listing.failures.append(failure)
        return listing

    def stamp(self, path: str) -> FileStamp | None:
        """What tells the file apart now."""
        full = self.folder / path
        return self._stamp_of(full) if full.is_file() else None

    @contextmanager
    def at_hand(self, stamp: FileStamp, folder: Path, *, beginning: bool = False) -> Generator[AtHand]:
        """The file itself. Of one whose first rows are wanted, nothing else is read."""
        path = self.folder / stamp.path
        yield AtHand(path, stamp, "" if beginning else content_hash(path))

    def check_unchanged(self, stamp: FileStamp) -> None:
        """Refuse a file that was written to meanwhile."""
        path = self.folder / stamp.path
        if self._stamp_of(path) != stamp:
            raise SourceFailure(f"{path.name}: changed while it was being read; it will be read by the next run.")

    def _stamp_of(self, path: Path) -> FileStamp:
        with failures_told(path):
            status = path.stat()
        return FileStamp(os.path.relpath(path, self.folder), status.st_size, status.st_mtime_ns)

    def _closed_folders(self) -> list[SourceFailure]:
        """Folders in which patterns look for files, but which this user may not list."""
        outer = {str(folder) for pattern in self.patterns for folder in PurePath(pattern).parents}
        found = {path for pattern in outer for path in self._matches(pattern)}
        return [
            SourceFailure(
                f"{self.source}: the folder {os.path.relpath(path, self.folder)} cannot be read.",
                hint="The user who runs the pipeline must be allowed to list it and to open its files.",
            )
            for path in sorted(found)
            if os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK)  # noqa: PTH112, as above
        ]

    def _matches(self, pattern: str) -> list[str]:
        found = glob(pattern, root_dir=self.folder, recursive=True)  # noqa: PTH207, Path.glob knows no absolute patterns
        return [str(self.folder / path) for path in found]


def content_hash(path: Path) -> str:
    """sha256 of a file's bytes.

    Raises:
        SourceFailure: The file cannot be read.
    """
    with failures_told(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shown_name(path: PurePath) -> str:
    """A file's name as it can be printed, even if it is not UTF-8."""
    return os.fsencode(path.name).decode(errors="replace")


@contextmanager
def failures_told(path: Path) -> Generator[None]:
    """Turn whatever goes wrong with a file as a whole into a failure that names it.

    Raises:
        SourceFailure: The file cannot be read, or has a name that no table and no terminal can hold.
    """
    name = shown_name(path)
    if name != path.name:
        raise SourceFailure(f"{name}: the name of the file is not UTF-8.", hint="Rename the file.")
    try:
        yield
    except OSError as error:
        if error.strerror:
            raise SourceFailure(
                f"{name}: cannot be read ({error.strerror}).",
                hint="The file must be there, and the user who runs the pipeline must be allowed to read it.",
            ) from None
        raise SourceFailure(
            f"{name}: the compressed file is broken or cut short ({error}).",
            hint="Copy the file again; nothing of it was loaded.",
        ) from None
