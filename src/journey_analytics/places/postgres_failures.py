"""What can go wrong with a database, in words of ours.

The driver's own words are shown only where they can hold neither the connection string nor values of rows.
"""

import re
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import pyarrow as pa
from adbc_driver_manager import dbapi as adbc

from journey_analytics.config.places import PostgresSection
from journey_analytics.errors import ConfigurationError, JourneyError, SourceFailure, Unavailable, did_you_mean

_REFUSALS = ("authentication failed", "no password supplied", "no pg_hba.conf entry", "is not permitted to log in")
_PASSING_CLASSES = ("08", "40", "53", "57", "58")
_NO_TABLE, _NO_RIGHT, _TIMED_OUT = "42P01", "42501", "57014"


def connection_failure(source: str, settings: PostgresSection, text: str) -> JourneyError:
    """What to say of a connection that could not be made; the string itself may be in the driver's words."""
    at = f"{source}: the database of {settings.url}"
    if "connection to server" not in text and "could not translate host name" not in text:
        return ConfigurationError(
            f"{source}: what stands in the environment variable {settings.url} is not a connection string.",
            hint="Write postgresql://USER:PASSWORD@HOST:5432/DATABASE, with special characters of the password as %xx.",
        )
    if any(refusal in text for refusal in _REFUSALS) or re.search(r'role ".*" does not exist', text):
        return SourceFailure(f"{at} refuses the user or the password.", hint=f"Look at what stands in {settings.url}.")
    if re.search(r'database ".*" does not exist', text):
        return SourceFailure(f"{at} does not exist on its server.", hint=f"Look at the end of {settings.url}.")
    return Unavailable(
        f"{at} cannot be reached{_reason(text)}.", hint="Look at the server, at host and port, then try again."
    )


@contextmanager
def told_by_database(
    source: str, settings: PostgresSection, tables: Callable[[], Sequence[str]] | None = None
) -> Generator[None]:
    """Turn errors of a query into ours.

    Args:
        source: Name of the source.
        settings: Where it reads.
        tables: What there is, for a table that is not there.

    Raises:
        SourceFailure: The query cannot be answered.
        Unavailable: It took too long, or the connection was lost.
    """
    started = time.monotonic()
    try:
        yield
    except adbc.Error as error:
        state = error.sqlstate or ""
        hint = did_you_mean(settings.table, tables()) if state == _NO_TABLE and settings.table and tables else ""
        raise _failure(source, settings, state, str(error), hint) from None
    except (OSError, pa.ArrowException) as error:
        # Of what goes wrong after the first rows the driver tells no code.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        is_late = time.monotonic() - started >= settings.timeout.total_seconds()
        raise _failure(source, settings, _TIMED_OUT if is_late else "", str(error), "") from None


def _failure(source: str, settings: PostgresSection, state: str, text: str, hint: str) -> JourneyError:
    what = f"{source}: {'table ' + settings.table if settings.table else 'the query'}"
    if state == _TIMED_OUT:
        seconds = settings.timeout.total_seconds()
        return Unavailable(
            f"{what}: the fetch took longer than {seconds:g} seconds and was given up.",
            hint="Raise 'timeout', fetch less by a 'cursor', or give the cursor's column an index.",
        )
    if state == _NO_RIGHT:
        return SourceFailure(f"{what}: the user may not read it.", hint="Grant it the right to select.")
    if state == _NO_TABLE and settings.table:
        return SourceFailure(f"{what} does not exist in the database.", hint=hint)
    if state.startswith("42"):
        found = re.search(r"ERROR:\s*(.*)", text)
        return SourceFailure(f"{what}: {found[1] if found else 'is not valid'}.", hint="Try the query in psql.")
    if state[:2] in _PASSING_CLASSES or "closed the connection" in text or "terminating connection" in text:
        return Unavailable(f"{what}: the connection was lost.", hint="Look at the server, then try again.")
    return SourceFailure(
        f"{what}: the database could not answer it{f' (SQLSTATE {state})' if state else ''}.",
        hint="Its own words may hold values of rows and are not shown: try the query in psql.",
    )


def _reason(text: str) -> str:
    """What libpq says of a server that does not answer; it holds host and port, no user and no password."""
    for known in (
        "Connection refused", "timeout expired", "could not translate host name", "No route to host",
        "Network is unreachable", "too many clients", "remaining connection slots", "starting up", "shutting down",
        "No such file or directory", "SSL",
    ):  # fmt: skip
        if known in text:
            return f" ({known})"
    return ""
