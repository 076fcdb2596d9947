"""Values at paths of JSON documents: a document is parsed once for all of them, and what is wanted whole once more."""

import json
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from journey_analytics.warehouse.connection import literal
from journey_analytics.warehouse.json_paths import Path, json_pointer

Structure = dict[str, Any]
"""What ``from_json`` takes: the names of members, and below each its members or its type."""


class ParsedJson:
    """SQL of the values at paths of documents, and the columns to select first, level by level.

    Each path is asked of DuckDB's ``from_json``, which finds many at the cost of one. It knows no places in lists, and
    no names that differ in nothing but case; those are found by their pointers. A number so small or great that it
    needs an exponent has two digits of it among texts (``1e-07``) where pointers find one (``1e-7``).

    Attributes:
        texts: SQL of the text at each path; what is no text is written as JSON.
        whole: SQL of the JSON at each path.
        levels: Columns; those of a level read those of the levels before.
        parameters: Parameters of the columns.
    """

    def __init__(self) -> None:
        """No path yet."""
        self.texts: dict[Path, str] = {}
        self.whole: dict[Path, str] = {}
        self.levels: list[list[str]] = []
        self.parameters: dict[str, object] = {}

    def read(
        self, document: str, texts: Collection[Path], whole: Collection[Path], base: Path = (), level: int = 0
    ) -> None:
        """Ask for values of one more document.

        Args:
            document: SQL of the document.
            texts: Paths of the values wanted as texts; they begin with ``base``.
            whole: Paths of those wanted as JSON.
            base: Where the document stands.
            level: The level of columns where the document can be read.
        """
        structure: Structure = {}
        name = f"read_{sum(map(len, self.levels))}"
        holders = [path for path in whole if not any(_is_inside(path, other) for other in whole)]
        inside: dict[Path, tuple[list[Path], list[Path]]] = defaultdict(lambda: ([], []))
        pointed: tuple[list[Path], list[Path]] = ([], [])
        asked = [*((path, 1) for path in holders), *((path, 0) for path in texts)]
        asked += [(path, 1) for path in whole if path not in holders]
        for path, kind in dict.fromkeys(asked):
            found = (self.texts, self.whole)[kind]
            holder = next((holder for holder in holders if _is_inside(path, holder)), None)
            if holder is not None and holder not in pointed[1]:
                inside[holder][kind].append(path)
            elif _put(structure, path[len(base) :], ("VARCHAR", "JSON")[kind], is_row=not base):
                found[path] = name + "".join(f"[{literal(key)}]" for key in path[len(base) :])
                found[path] += "::varchar" if kind else ""
            else:
                pointed[kind].append(path)
        if structure:
            self._select(level, f"from_json({document}, ${name}) as {name}")
            self.parameters[name] = json.dumps(structure)
        for function, paths, found in zip(
            ("json_extract_string", "json_extract"), pointed, (self.texts, self.whole), strict=True
        ):
            if paths:
                pointers = f"{name}_{function}"
                self._select(level, f"{function}({document}, ${pointers})::varchar[] as {pointers}")
                self.parameters[pointers] = [json_pointer(path[len(base) :]) for path in paths]
                found |= {path: f"{pointers}[{place}]" for place, path in enumerate(paths, start=1)}
        for holder, (inner_texts, inner_whole) in inside.items():
            self.read(self.whole[holder], inner_texts, inner_whole, holder, level + 1)

    def _select(self, level: int, column: str) -> None:
        self.levels += [[] for _ in range(level + 1 - len(self.levels))]
        self.levels[level].append(column)

    def selected_from(self, source: str) -> str:
        """SQL of the source with all columns."""
        for columns in self.levels:
            source = f"(select *, {', '.join(columns)} from {source})"
        return source


def _is_inside(path: Path, other: Path) -> bool:
    return len(path) > len(other) and path[: len(other)] == other


def _put(structure: Structure, path: Path, leaf: str, *, is_row: bool) -> bool:
    """Put a path into what ``from_json`` takes; False where it cannot say it."""
    below: Structure | str = structure
    for depth, key in enumerate(path):
        may_be_place = key.isdecimal() and not (is_row and depth == 0)
        if isinstance(below, str) or not key or may_be_place:
            return False
        if any(other != key and other.casefold() == key.casefold() for other in below):
            return False
        below = below.get(key, {})
    if below:
        return False
    for key in path[:-1]:
        structure = structure.setdefault(key, {})
    structure[path[-1]] = leaf
    return True
