"""Making the tables of a published file, from ``sql/`` and from marts that Python computes, in order of need."""

import json
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from graphlib import TopologicalSorter
from typing import Any, Protocol

import duckdb
import polars as pl

from journey_analytics.contracts import Table
from journey_analytics.errors import ContractBroken
from journey_analytics.warehouse.connection import literal, qualified, quoted, registered
from journey_analytics.warehouse.sql_files import MODEL_SCHEMAS, SqlFile, model_files, sql_files

_NAMED: dict[str, frozenset[str]] = {}
"""Tables that a query names: they follow from its text alone, and parsing takes a tenth of making empty tables."""


class PythonModel(Protocol):
    """A table that Python computes from others: what it promises, what it needs, how it is computed."""

    @property
    def table(self) -> Table:
        """Its columns, with their meanings."""
        ...

    @property
    def description(self) -> str:
        """What it says."""
        ...

    @property
    def queries(self) -> Mapping[str, str]:
        """What it is computed from: SQL of published tables, by name."""
        ...

    @property
    def compute(self) -> Callable[[Mapping[str, pl.DataFrame]], pl.DataFrame]:
        """These frames by name, to its rows."""
        ...


def make_tables(
    connection: duckdb.DuckDBPyConnection,
    python_models: Sequence[PythonModel],
    *,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
) -> list[str]:
    """Create the tables of a published file in the open database, with the pipeline's own attached as ``state``.

    Args:
        connection: The open database.
        python_models: Tables that Python computes.
        only: Names of the tables to make; without it all.
        without: Names of tables that stand there already.

    Returns:
        Names of the tables, in the order in which they were made.

    Raises:
        ContractBroken: A file declares other columns than its query gives.
    """
    for schema in MODEL_SCHEMAS:
        connection.execute(f"create schema if not exists {quoted(schema)}")
    create_macros(connection)
    sql_models = {
        file.name: file for file in model_files() if (only is None or file.name in only) and file.name not in without
    }
    by_python = {model.table.name: model for model in python_models}
    needs = {name: tables_named(connection, file.query) for name, file in sql_models.items()}
    for name, model in by_python.items():
        needs[name] = frozenset[str]().union(*(tables_named(connection, query) for query in model.queries.values()))
    known = needs.keys()
    order = TopologicalSorter({name: found & known for name, found in needs.items()})
    return _make_in_order(connection, order, sql_models, by_python)


def _make_in_order(
    connection: duckdb.DuckDBPyConnection,
    order: TopologicalSorter[str],
    sql_models: Mapping[str, SqlFile],
    by_python: Mapping[str, PythonModel],
) -> list[str]:
    """Make each table after those that it needs; one by Python is computed while others are made by SQL.

    Only this thread asks the database, and only one table at a time is computed beside it.
    """
    asked = _Asked(connection, Counter(query for model in by_python.values() for query in model.queries.values()))
    made, ready, to_compute = list[str](), deque[str](), deque[str]()
    computing: tuple[str, Future[pl.DataFrame]] | None = None
    order.prepare()
    with ThreadPoolExecutor(max_workers=1) as beside:
        while order.is_active():
            for name in order.get_ready():
                (ready if name in sql_models else to_compute).append(name)
            if computing is None and to_compute:
                name = to_compute.popleft()
                computing = name, beside.submit(_computed, by_python[name], asked.frames(by_python[name]))
            if computing is not None and (computing[1].done() or not ready):
                name, frame = computing[0], computing[1].result()
                _make_from_frame(connection, by_python[name], frame)
                computing = None
            else:
                name = ready.popleft()
                _make_from_sql(connection, sql_models[name])
            made.append(name)
            order.done(name)
    return made


def tables_named(connection: duckdb.DuckDBPyConnection, query: str) -> frozenset[str]:
    """Qualified names of the tables that a query reads; asked of DuckDB's own parser, once, without binding them."""
    if query not in _NAMED:
        _NAMED[query] = _parsed_names(connection, query)
    return _NAMED[query]


def _parsed_names(connection: duckdb.DuckDBPyConnection, query: str) -> frozenset[str]:
    serialized = connection.execute("select json_serialize_sql($1::varchar)", [query]).fetchall()[0][0]
    found: set[str] = set()

    def note(node: dict[str, Any]) -> dict[str, Any]:
        if node.get("type") == "BASE_TABLE" and not node.get("catalog_name") and node.get("schema_name"):
            found.add(f"{node['schema_name']}.{node['table_name']}")
        return node

    tree = json.loads(serialized, object_hook=note)
    if tree["error"]:
        raise ContractBroken(f"a SQL file cannot be parsed: {tree['error_message']}")
    return frozenset(found)


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros of ``sql/macros`` that give a value."""
    for file in _macro_files("scalar"):
        _create_macro(connection, file, "macro", f"({file.query})")


def create_table_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros of ``sql/macros`` that give rows; the tables that they read stand there already."""
    for file in _macro_files("table"):
        _create_macro(connection, file, "macro table", f"table {file.query}")


def _macro_files(kind: str) -> list[SqlFile]:
    """Macros that give a value, or rows; one that calls another comes after it."""
    by_name = {file.path.stem: file for file in sql_files("macros") if file.one("returns", "scalar") == kind}
    calls = {name: {other for other in by_name if f"marts.{other}(" in file.query} for name, file in by_name.items()}
    return [by_name[name] for name in TopologicalSorter(calls).static_order()]


def _create_macro(connection: duckdb.DuckDBPyConnection, file: SqlFile, kind: str, body: str) -> None:
    connection.execute(f"create or replace macro marts.{file.one('macro')} as {body}")
    connection.execute(f"comment on {kind} marts.{quoted(file.path.stem)} is {literal(file.description)}")


def _make_from_sql(connection: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    connection.execute(f"create or replace table {qualified(file.name)} as {file.query}")
    _document(connection, file.name, f"{file.description} One row per {file.one('grain')}.", file.columns)


class _Asked:
    """What the queries of marts give; what several ask is read once, and held until the last has it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, times: Counter[str]) -> None:
        self._connection, self._times, self._held = connection, times, dict[str, pl.DataFrame]()

    def frames(self, model: PythonModel) -> dict[str, pl.DataFrame]:
        return {name: self._frame(query) for name, query in model.queries.items()}

    def _frame(self, query: str) -> pl.DataFrame:
        self._times[query] -= 1
        frame = self._held.pop(query, None)
        if frame is None:
            frame = self._connection.sql(query).pl()
        if self._times[query]:
            self._held[query] = frame
        return frame


def _computed(model: PythonModel, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    return model.table.conform(model.compute(frames))


def _make_from_frame(connection: duckdb.DuckDBPyConnection, model: PythonModel, frame: pl.DataFrame) -> None:
    with registered(connection, computed=frame):
        connection.execute(f"create or replace table {qualified(model.table.name)} as from computed")
    columns = {column.name: column.meaning for column in model.table.columns}
    _document(connection, model.table.name, f"{model.description} One row per {model.table.grain}.", columns)


def _document(connection: duckdb.DuckDBPyConnection, name: str, description: str, declared: Mapping[str, str]) -> None:
    """Write the meaning of a table and its columns into the file itself, where the analyst is."""
    actual = [row[0] for row in connection.execute(f"describe {qualified(name)}").fetchall()]
    if actual != list(declared):
        raise ContractBroken(f"{name}: declared columns {list(declared)} are not the actual ones {actual}.")
    connection.execute(f"comment on table {qualified(name)} is {literal(description)}")
    for column, meaning in declared.items():
        connection.execute(f"comment on column {qualified(name)}.{quoted(column)} is {literal(meaning)}")
