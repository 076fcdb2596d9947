"""Progress of a step that takes long, for whoever wants to show it; steps know nothing of terminals."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far the reading of a source has come.

    Attributes:
        source: Name of the source.
        rows_count: Rows read so far.
        bytes_count: Size of the files read so far, as they stand on disk.
        bytes_total: Size of all files that seem to be new.
    """

    source: str
    rows_count: int
    bytes_count: int
    bytes_total: int


OnProgress = Callable[[Progress], None]


def unheard(_: Progress) -> None:
    """Progress that nobody looks at."""
