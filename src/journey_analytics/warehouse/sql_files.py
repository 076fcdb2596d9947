"""SQL files: a comment header and one select. The path is the identity: ``sql/marts/x.sql`` makes ``marts.x``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from journey_analytics.errors import ContractBroken
from journey_analytics.resources import resource_folder

MODEL_SCHEMAS = ("ops", "journeys", "marts")
"""Schemas of the published file, each a folder of ``sql/``."""

_LINE = re.compile(r"-- (\w+): ?(.*)")
_CONTINUED = re.compile(r"--   (.*)")


@dataclass(frozen=True)
class SqlFile:
    """A SQL file as read.

    Attributes:
        path: Where it stands.
        header: Values of each header word, in order.
        query: The select behind the header.
    """

    path: Path
    header: dict[str, list[str]]
    query: str

    @property
    def name(self) -> str:
        """``marts.stage_funnel`` for ``sql/marts/stage_funnel.sql``."""
        return f"{self.path.parent.name}.{self.path.stem}"

    def one(self, word: str, default: str | None = None) -> str:
        """Value of a header word that must stand there once; ``default`` where it may be absent."""
        values = self.header.get(word, [])
        if len(values) == 1:
            return values[0]
        if not values and default is not None:
            return default
        raise ContractBroken(f"{self.path.name}: the header must say '{word}' once, found {len(values)}.")

    def listed(self, word: str) -> list[str]:
        """Comma-separated values of a header word that may stand there several times."""
        return [part.strip() for value in self.header.get(word, []) for part in value.split(",")]

    @property
    def description(self) -> str:
        """What the file makes, in a sentence or two."""
        return self.one("description")

    @property
    def columns(self) -> dict[str, str]:
        """Declared columns and their meanings."""
        pairs = (value.partition(" | ") for value in self.header.get("column", []))
        return {name.strip(): meaning.strip() for name, _, meaning in pairs}


def read_sql_file(path: Path) -> SqlFile:
    """Read a SQL file; a header line that begins with ``--`` and three blanks goes on from the line before."""
    header: dict[str, list[str]] = {}
    lines = path.read_text(encoding="utf-8").splitlines()
    last: list[str] = []
    height = 0
    for line in lines:
        if found := _LINE.fullmatch(line):
            last = header.setdefault(found[1], [])
            last.append(found[2].strip())
        elif (found := _CONTINUED.fullmatch(line)) and last:
            last[-1] = f"{last[-1]} {found[1].strip()}"
        else:
            break
        height += 1
    query = "\n".join(lines[height:]).strip().removesuffix(";")
    return SqlFile(path, header, query)


def sql_files(folder: str) -> list[SqlFile]:
    """The SQL files of a folder of ``sql/``, by name."""
    return [read_sql_file(path) for path in sorted((resource_folder("sql") / folder).glob("*.sql"))]


def model_files() -> Iterator[SqlFile]:
    """Every file that makes a table of the published file."""
    for schema in MODEL_SCHEMAS:
        yield from sql_files(schema)
