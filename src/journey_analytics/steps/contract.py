"""What a source does with the fields of its rows, and which rows its contract refuses.

Under the contract ``freeze``, rows with a field that it does not read and that the settings do not list are rejected.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import polars as pl

from journey_analytics.sources.source import Shape
from journey_analytics.warehouse.json_paths import Path, path_of


class Use(StrEnum):
    """What a source does with a field."""

    READ = "read"
    KEPT = "kept"
    IGNORED = "ignored"
    """Known, and of no use: browsers, IP addresses, what the source's file lists as noise."""
    LEFT_OUT = "left_out"
    """Neither read nor known, in a source that keeps only what it reads."""


@dataclass(frozen=True)
class Contract:
    """Which fields rows may have.

    Attributes:
        is_frozen: Whether rows with other fields are rejected.
        known_fields: Fields that a frozen source knows besides those that it reads, as dotted paths.
    """

    is_frozen: bool = False
    known_fields: tuple[str, ...] = ()

    @property
    def known_inside(self) -> list[str]:
        """Keys of objects in which some fields are known, so that others are not."""
        return [path[0] for path in map(path_of, self.known_fields) if len(path) > 1]

    def known_where_others_are(self, found: pl.DataFrame) -> dict[Path, list[str]]:
        """Objects of a batch in which there are fields that rows may not have, and the keys that they may.

        Args:
            found: Fields of the batch: ``path`` and ``use``.
        """
        if not self.is_frozen:
            return {}
        known = [path_of(name) for name in self.known_fields] + [(name,) for name in self.known_fields]
        unread = found.filter(pl.col("use").is_in([Use.KEPT, Use.LEFT_OUT]))["path"].to_list()
        others = {path for path in map(tuple, unread) if not any(_meet(path, one) for one in known)}
        outer = dict.fromkeys(path[:-1] for path in sorted(others) if path[:-1] not in others)
        return {
            path: [one[-1] for one in map(tuple, found["path"].to_list()) if one[:-1] == path and one not in others]
            for path in outer
        }


@dataclass(frozen=True)
class FieldUses:
    """What a source does with the fields of one shape.

    Attributes:
        shape: The shape.
        columns: Columns of the table that the rows come from; none for JSON.
    """

    shape: Shape
    columns: tuple[str, ...] = ()

    @cached_property
    def containers(self) -> list[Path]:
        """Paths that should hold objects, as fields are read inside. Lists of pairs are judged by their source."""
        inside = [path[:-1] for path in self._fields]
        pairs = self._paths(self.shape.pairs)
        paths = dict.fromkeys((*inside, *self._paths(self.shape.flatten)))
        return [path for path in paths if path and path not in pairs]

    @cached_property
    def closed(self) -> list[str]:
        """Keys that hold texts, or nothing of use: if objects stand there, the row is rejected, or they are ignored."""
        nested = self._paths(self.shape.fields[name] for name in self.shape.nested)
        return [path[0] for path in (*self._fields, *self._dropped) if len(path) == 1 and path not in nested]

    def holds_list(self, container: Path) -> bool:
        """Whether a place in a list is read inside a container."""
        depth = len(container)
        return any(path[:depth] == container and path[depth].isdecimal() for path in self._fields if len(path) > depth)

    def of(self, found: pl.DataFrame) -> pl.DataFrame:
        """Add ``use`` to the fields of a batch."""
        uses = [self._use(tuple(path)) for path in found["path"].to_list()]
        return found.with_columns(use=pl.Series(uses, dtype=pl.String))

    @cached_property
    def _fields(self) -> list[Path]:
        return self._paths(self.shape.fields.values())

    @cached_property
    def _opened(self) -> list[Path]:
        shape = self.shape
        named = [*shape.flatten, *shape.pairs, *shape.plucked, *shape.embedded, shape.when, *shape.unfold]
        return [*self._paths(name for name in named if name), ("parent",), ("child",)]

    @cached_property
    def _dropped(self) -> list[Path]:
        return self._paths(self.shape.drop)

    def _paths(self, names: Iterable[str]) -> list[Path]:
        return [path_of(name, self.columns) for name in names]

    def _use(self, path: Path) -> Use:
        if any(one[: len(path)] == path for one in (*self._fields, *self._opened)):
            return Use.READ
        if any(path[: len(one)] == one for one in self._dropped):
            return Use.IGNORED
        return Use.KEPT if self.shape.rest else Use.LEFT_OUT


def _meet(path: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one path leads to the other, or they are the same."""
    depth = min(len(path), len(other))
    return tuple(path[:depth]) == tuple(other[:depth])
