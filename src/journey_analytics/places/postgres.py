"""A table or query of a PostgreSQL database: its rows are fetched into a Parquet file, which is then read like any.

Rows arrive as Arrow batches, so that memory stays flat, and the connection is closed before anything is made of them.
With a cursor only what is new is fetched: rows not below the greatest value seen so far, and those without a value.
What does not fit Arrow is written by the database, numerics and rare types as text, arrays as JSON: nothing is lost.
"""

import hashlib
import os
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from journey_analytics.config.places import PostgresSection
from journey_analytics.errors import SourceFailure, did_you_mean
from journey_analytics.places.cursors import Cursor
from journey_analytics.places.place import AtHand, FileStamp, Listing, copy_folder
from journey_analytics.places.postgres_failures import told_by_database
from journey_analytics.places.postgres_session import opened_session, quoted, tables_of

SCHEME = "postgres:"
_FIRST_ROWS = 1000


class PostgresRows:
    """Rows of one table or query.

    Its address in the ledger is ``postgres:public.orders`` (``postgres:query`` for a query), and with a cursor, from
    the second fetch on, ``postgres:public.orders?changed_at>=2026-03-02T09:00:00+00:00``.
    """

    def __init__(self, source: str, settings: PostgresSection, environment: Mapping[str, str] = os.environ) -> None:
        self.source, self.settings, self.environment = source, settings, environment
        self.address = SCHEME + (settings.table or "query")

    def owns(self, path: str) -> bool:
        """Whether a path is the address of this table."""
        return path == self.address or path.startswith(f"{self.address}?")

    def whole(self, path: str) -> str:
        """The table, of which a fetch with a cursor is a part."""
        return self.address if self.owns(path) else path

    def listed(self, since: str | None) -> Listing:
        """What is to be fetched; only a fetch tells what is in it."""
        return Listing([FileStamp(self._prefix + since if since else self.address, 0, 0)])

    def stamp(self, path: str) -> FileStamp | None:
        """The same rows again, as far as they are still there."""
        return FileStamp(path, 0, 0)

    @contextmanager
    def at_hand(self, stamp: FileStamp, folder: Path, *, beginning: bool = False) -> Generator[AtHand]:
        """The rows as a Parquet file."""
        since = stamp.path.removeprefix(self._prefix) if stamp.path.startswith(self._prefix) else None
        with copy_folder(folder) as own:
            copy = own / "rows.parquet"
            position = self._fetch(copy, since, _FIRST_ROWS if beginning else None)
            with copy.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            fetched = FileStamp(stamp.path, copy.stat().st_size, time.time_ns())
            yield AtHand(copy, fetched, digest, position)

    def check_unchanged(self, stamp: FileStamp) -> None:
        """One statement sees one state of the database."""

    @property
    def _prefix(self) -> str:
        return f"{self.address}?{self.settings.cursor}>="

    def _fetch(self, copy: Path, since: str | None, most: int | None) -> str | None:
        """Write the rows; returns the position of the cursor after them."""
        with (
            told_by_database(self.source, self.settings),
            opened_session(self.source, self.settings, self.environment) as session,
        ):
            schema = self._described(session)
            cursor = self._cursor(schema, since)
            selected = ", ".join(_selected(field) for field in schema)
            session.execute(
                f"select {selected} from {self._relation}"
                + (f" where {cursor.condition(quoted(cursor.column))}" if cursor and cursor.since is not None else "")
                + (f" limit {most}" if most else "")
            )
            reader = session.fetch_record_batch()
            with pq.ParquetWriter(copy, reader.schema) as writer:
                for batch in reader:
                    writer.write_batch(batch)
                    if cursor:
                        cursor.see(batch.column(cursor.column))
            return cursor.position if cursor else None

    def _described(self, session: Any) -> Any:
        """Names and types of the columns.

        Raises:
            SourceFailure: There is no such table, or a column has no name of its own.
        """
        with told_by_database(self.source, self.settings, lambda: tables_of(session)):
            schema = session.adbc_execute_schema(f"select * from {self._relation}")
        twice = next((name for name in schema.names if schema.names.count(name) > 1), None)
        if twice is not None:
            raise SourceFailure(
                f"{self.source}: {self.address} gives column '{twice}' twice.",
                hint="Give one of them another name: as.",
            )
        return schema

    def _cursor(self, schema: Any, since: str | None) -> Cursor | None:
        name = self.settings.cursor
        if name is None:
            return None
        if name not in schema.names:
            raise SourceFailure(
                f"{self.source}: {self.address} has no column '{name}', which is to be its cursor.",
                hint=did_you_mean(name, schema.names),
            )
        return Cursor(self.source, name, schema.field(name).type, since, self.settings.overlap)

    @property
    def _relation(self) -> str:
        if self.settings.table is not None:
            return ".".join(quoted(part) for part in self.settings.table.split("."))
        # On a line of its own, so that a comment at the end of the query does not take the bracket with it.
        return f"(\n{str(self.settings.query).rstrip().rstrip(';')}\n) as fetched"


def _selected(field: Any) -> str:
    """A column as it is to be fetched."""
    name, kind = quoted(field.name), field.type
    if (field.metadata or {}).get(b"POSTGRESQL:type") == b"money":
        return f"{name}::numeric::text as {name}"
    if pa.types.is_nested(kind):
        return f"to_json({name}) as {name}"
    is_native = isinstance(kind, pa.JsonType) or not (
        isinstance(kind, pa.BaseExtensionType) or pa.types.is_interval(kind) or pa.types.is_decimal(kind)
    )
    return name if is_native else f"{name}::text as {name}"
