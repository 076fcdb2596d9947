"""Opening DuckDB files: always UTC, never a silent look at Python variables, a clear word when a file is locked."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from journey_analytics.contracts import Table
from journey_analytics.errors import DatabaseBroken, UsageError
from journey_analytics.warehouse.failures import file_failure, not_a_database

_PARALLEL_ROWS = 4_096
_AS_THEY_ARE = pl.CompatLevel.newest()
"""Texts go to DuckDB in the layout that Polars has them in, without a copy."""

_IN_TRANSACTION: ContextVar[bool] = ContextVar("in_transaction", default=False)

Connection = duckdb.DuckDBPyConnection
"""What the rest of the package calls a connection; only this folder imports duckdb."""

STORAGE_VERSION = "v1.5.0"
"""Written into published files so that the drivers of BI tools, which lag behind, can read them."""


def connect(path: Path | None = None, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a database file, or one in memory.

    Raises:
        Unavailable: Another process has the file open for writing.
        UsageError: The file is missing (read only).
        DatabaseBroken: The file is damaged, or not a DuckDB file.
        StorageFailure: The file cannot be reached or written.
    """
    if path is not None and read_only and not path.exists():
        raise UsageError(f"{path} does not exist yet.", hint="Make it with: journey run")
    if path is not None and not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(path or ":memory:"), read_only=read_only)
    except duckdb.Error as error:
        if path is None:
            raise
        raise file_failure(error, path) or not_a_database(error, path) from None
    return _as_always(connection)


def _as_always(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set python_enable_replacements = false")
    return connection


@contextmanager
def opened(
    path: Path | None = None, *, read_only: bool = False, named: Path | None = None
) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection that is closed at the end; what is wrong with the file is told as by ``connect``.

    Args:
        path: The file; in memory without one.
        read_only: Whether nothing will be written.
        named: File to name in such an error, where one in memory attaches others.
    """
    connection = connect(path, read_only=read_only)
    try:
        yield connection
    except duckdb.Error as error:
        told = file_failure(error, path or named)
        if told is None and path is not None and read_only and isinstance(error, duckdb.CatalogException):
            told = DatabaseBroken(f"{path} lacks what is looked for: {error}", hint="Make it anew with: journey run")
        if told is None:
            raise
        raise told from error
    finally:
        connection.close()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Generator[None]:
    """All or nothing."""
    connection.execute("begin")
    before = _IN_TRANSACTION.set(True)
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    finally:
        _IN_TRANSACTION.reset(before)
    connection.execute("commit")


@contextmanager
def registered(
    connection: duckdb.DuckDBPyConnection, *, in_parallel: bool = True, **frames: pl.DataFrame
) -> Generator[None]:
    """Frames as views of the same name, for as long as the block lasts.

    Args:
        connection: Where the views will be.
        in_parallel: Whether several threads are to read a frame. To write some thousand rows into a table, one thread
            needs less time than two: each would begin row groups of its own. Within a transaction one reads anyway.
        **frames: The frames.
    """
    lent: list[_Lent] = []
    for name, frame in frames.items():
        if in_parallel and not _IN_TRANSACTION.get():
            connection.register(name, _sliced(frame).to_arrow(compat_level=_AS_THEY_ARE))
        else:
            lent.append(_Lent(frame.rechunk()))
            connection.register(name, lent[-1])
    try:
        yield
    finally:
        for name in frames:
            connection.unregister(name)
        for frame in lent:
            frame.take_back()


class _Lent:
    """A frame that a view reads, and that is let go of with it.

    An open transaction remembers views that are gone, each with the object behind it: if that were the frame, all
    frames of a transaction would stay in memory to its end. Only one thread reads from such an object.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._table: pa.Table | None = frame.to_arrow(compat_level=_AS_THEY_ARE)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        if self._table is None:
            raise RuntimeError("a query still reads a frame whose view is gone")
        return self._table.__arrow_c_stream__(requested_schema)

    def take_back(self) -> None:
        self._table = None


def _sliced(frame: pl.DataFrame) -> pl.DataFrame:
    """The same frame in chunks: DuckDB reads the chunks of a frame in parallel, a single one it does not."""
    if frame.height <= _PARALLEL_ROWS:
        return frame
    return pl.concat(frame.iter_slices(_PARALLEL_ROWS), rechunk=False)


def quoted(name: str) -> str:
    """An identifier, quoted, whatever characters it has: the one place where names enter SQL text."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text of our own, or of the settings, as SQL; values go in as parameters wherever the database takes them."""
    return "'" + text.replace("'", "''") + "'"


def qualified(name: str) -> str:
    """A table's name, ``schema.table`` or ``table``, each part quoted."""
    return ".".join(quoted(part) for part in name.split("."))


def insert(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame) -> None:
    """Append a frame to a table after bringing it to the table's contract."""
    with registered(connection, incoming_frame=table.conform(frame)):
        names = ", ".join(quoted(name) for name in table.column_names)
        connection.execute(f"insert into {qualified(table.name)} ({names}) select {names} from incoming_frame")


def replace_all(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame) -> None:
    """Replace all rows of a table."""
    connection.execute(f"delete from {qualified(table.name)}")
    insert(connection, table, frame)


def frame_of(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Mapping[str, object] | list[object] | None = None,
) -> pl.DataFrame:
    """Result of a query as a Polars frame."""
    return connection.sql(sql, params=parameters).pl()


def read_everything(connection: duckdb.DuckDBPyConnection) -> None:
    """Read every row of every table, to find damage that opening the file does not."""
    names = "select schema_name || '.' || table_name from duckdb_tables() where not temporary"
    for (name,) in connection.sql(names).fetchall():
        connection.execute(f"select bit_xor(hash(everything)) from {qualified(name)} as everything").fetchall()
