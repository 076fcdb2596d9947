"""Which events came, changed or left staging since the last build: the next one tells by it why its numbers differ.

Staging is a function of the rows alone and knows no load, so whatever changes it notes the events beside it, in the
same transaction. The first note of an event counts: it says whether the last build had it, and when it had happened.
"""

from typing import Any

import duckdb

from journey_analytics.warehouse.identifier_sets import note_changed_sets

Parameters = list[Any] | dict[str, Any] | None


def note_leaving(connection: duckdb.DuckDBPyConnection, rows: str, parameters: Parameters = None) -> None:
    """Note events that are about to leave staging, and their identifier sets.

    Args:
        connection: Inside the transaction that makes the change.
        rows: SQL of a relation with ``event_key``, ``occurred_at`` and ``set_key``.
        parameters: Its parameters.
    """
    note_changed_sets(connection, rows, parameters)
    _note(connection, rows, "occurred_at", parameters)


def note_coming(connection: duckdb.DuckDBPyConnection, rows: str, parameters: Parameters = None) -> None:
    """Note events that are about to enter staging, and their identifier sets; one that replaces another left before.

    Args:
        connection: Inside the transaction that makes the change.
        rows: SQL of a relation with ``event_key`` and ``set_key``.
        parameters: Its parameters.
    """
    note_changed_sets(connection, rows, parameters)
    _note(connection, rows, "null", parameters)


def _note(connection: duckdb.DuckDBPyConnection, rows: str, occurred_at: str, parameters: Parameters) -> None:
    if not connection.execute("select exists (from ops.builds)").fetchall()[0][0]:
        return  # before the first build everything is new
    connection.execute(
        f"""
        insert into ops.changed_events
        select event_key, {occurred_at} from ({rows}) anti join ops.changed_events using (event_key)
        """,
        parameters,
    )
