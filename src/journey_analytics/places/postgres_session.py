"""Sessions of PostgreSQL: read only, in UTC, with time-outs, and without a word of the connection string."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from adbc_driver_manager import dbapi as adbc
from adbc_driver_postgresql import dbapi

from journey_analytics.config.places import PostgresSection
from journey_analytics.errors import ConfigurationError
from journey_analytics.places.postgres_failures import connection_failure

_OF_CONNECTIONS = {
    "application_name": "journey_analytics",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}


_LONGEST = 2**31 - 1
"""Milliseconds that PostgreSQL takes for a time-out: 24 days."""


@contextmanager
def opened_session(
    source: str, settings: PostgresSection, environment: Mapping[str, str] = os.environ
) -> Generator[Any]:
    """A cursor of a new connection, inside a read-only transaction.

    Raises:
        ConfigurationError: The variable is not set, or holds no connection string.
        SourceFailure: The database refuses the user, or does not exist.
        Unavailable: It cannot be reached.
    """
    address = environment.get(settings.url, "").strip()
    if not address:
        raise ConfigurationError(
            f"{source}: the environment variable {settings.url} is not set.",
            hint="Set it to the connection string, such as postgresql://USER:PASSWORD@HOST:5432/DATABASE",
        )
    try:
        connection = dbapi.connect(_with_defaults(address))
    except adbc.Error as error:
        raise connection_failure(source, settings, str(error)) from None
    with connection, connection.cursor() as session:
        for command in (
            "set transaction isolation level repeatable read, read only",
            f"set local statement_timeout = {min(round(settings.timeout.total_seconds() * 1000), _LONGEST)}",
            "set local timezone = 'UTC'",
            "set local datestyle = 'ISO, YMD'",
            "set local intervalstyle = 'iso_8601'",
            # A scan then begins at the first row, so that unchanged tables are known by their content.
            "set local synchronize_seqscans = off",
        ):
            session.execute(command)
        yield session


def tables_of(session: Any) -> list[str]:
    """Names of the tables and views that the user may see, as settings name them."""
    session.connection.rollback()
    session.execute(
        "select table_schema || '.' || table_name as name from information_schema.tables "
        "where table_schema not in ('pg_catalog', 'information_schema')"
    )
    return session.fetch_arrow_table()["name"].to_pylist()


def quoted(name: str) -> str:
    """An identifier of PostgreSQL, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def _with_defaults(address: str) -> str:
    """The connection string with time-outs and our name, where it does not say them itself."""
    missing = {name: value for name, value in _OF_CONNECTIONS.items() if name not in address}
    if "://" in address:
        listed = "&".join(f"{name}={value}" for name, value in missing.items())
        return address + ("&" if "?" in address else "?") + listed if listed else address
    return " ".join([address, *(f"{name}={value}" for name, value in missing.items())])
