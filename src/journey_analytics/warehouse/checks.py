"""Checks of a candidate: what the headers promise, and the cross-table truths of ``sql/checks``."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from journey_analytics.warehouse.connection import qualified, quoted
from journey_analytics.warehouse.sql_files import model_files, sql_files
from journey_analytics.warehouse.sql_models import PythonModel

_SAMPLE = 5
_LISTED = 3


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Attributes:
        name: File in sql/checks/, or table and promise.
        severity: ``error`` keeps the candidate from being published, ``warning`` does not.
        description: What should be true.
        failing_count: Rows for which it is not; 0 is good.
        sample: JSON of the first of them.
        found: What is to be said of failing rows, with ``{listed}`` and columns of the first of them in braces.
        listed: What is to be said of one of them.
    """

    name: str
    severity: str
    description: str
    failing_count: int
    sample: str | None
    found: str = ""
    listed: str = ""

    @property
    def example(self) -> str:
        """The first failing row in words."""
        return ", ".join(f"{name} {value}" for name, value in self._rows[0].items()) if self._rows else ""

    @property
    def told(self) -> str:
        """What was found, in a sentence; empty where nothing failed."""
        if not self._rows:
            return ""
        if not self.found:
            return f"{self.name} does not hold for {self.failing_count:,} rows, the first with {self.example}"
        listed = ", ".join(self.listed.format(**row) for row in self._rows[:_LISTED])
        rest = self.failing_count - min(_LISTED, len(self._rows))
        return self.found.format(listed=f"{listed} and {rest:,} more" if rest else listed, **self._rows[0])

    @property
    def _rows(self) -> list[dict[str, Any]]:
        return json.loads(self.sample or "[]")


def run_checks(connection: duckdb.DuckDBPyConnection, python_models: Sequence[PythonModel]) -> list[CheckResult]:
    """Run every check; each is a query that returns the rows that fail."""
    return [
        *(_run(connection, *promise, severity="error") for promise in _promises(python_models)),
        *(
            _run(
                connection,
                f"checks.{file.path.stem}",
                file.description,
                file.query,
                severity=file.one("severity"),
                found=file.one("found", ""),
                listed=file.one("listed", ""),
            )
            for file in sql_files("checks")
        ),
    ]


def _run(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    description: str,
    query: str,
    *,
    severity: str,
    found: str = "",
    listed: str = "",
) -> CheckResult:
    failing = connection.execute(f"select count(*) from ({query})").fetchall()[0][0]
    sample = None
    if failing:
        rows = f"select to_json(list(found)) from (select found from ({query}) as found limit {_SAMPLE})"
        sample = connection.execute(rows).fetchall()[0][0]
    return CheckResult(name, severity, description, failing, sample, found, listed)


def _promises(python_models: Sequence[PythonModel]) -> Iterator[tuple[str, str, str]]:
    """Name, description and failing rows of what headers and contracts promise."""
    for file in model_files():
        yield from _keys(file.name, file.listed("key"), file.listed("not_null"))
        for expression in file.header.get("assert", []):
            query = f"select * from {qualified(file.name)} where not ({expression})"
            yield f"{file.name}: {expression}", f"In {file.name}: {expression}.", query
    for model in python_models:
        required = [column.name for column in model.table.columns if column.required]
        yield from _keys(model.table.name, list(model.table.key), required)


def _keys(name: str, key: list[str], not_null: list[str]) -> Iterator[tuple[str, str, str]]:
    listed = ", ".join(quoted(column) for column in key)
    twice = f"select {listed}, count(*) as rows_count from {qualified(name)} group by all having count(*) > 1"
    yield f"{name}: key", f"No two rows of {name} share {', '.join(key)}.", twice
    required = list(dict.fromkeys([*key, *not_null]))
    nulls = " or ".join(f"{quoted(column)} is null" for column in required)
    yield (
        f"{name}: not null",
        f"{name} has no null in {', '.join(required)}.",
        f"from {qualified(name)} where {nulls}",
    )
