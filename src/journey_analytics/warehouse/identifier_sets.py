"""Identifier sets: the identifiers that stand together in one row, named by one key.

Most events of a customer carry the same few sets, so who is who is decided on sets, and an event finds its customer by
the key alone. Every change of staging notes the sets whose rows it changes: the next build looks only at those.
"""

from collections.abc import Collection
from typing import Any

import duckdb

from journey_analytics.transform.identities import IDENTIFIER_COLUMNS
from journey_analytics.warehouse.connection import quoted

_ABSENT = "chr(30)"


def set_key_sql(present: Collection[str] = IDENTIFIER_COLUMNS) -> str:
    """SQL of a row's ``set_key``; columns that a table does not have count as empty."""
    texts = [
        f"coalesce({quoted(name)}::varchar, {_ABSENT})" if name in present else _ABSENT for name in IDENTIFIER_COLUMNS
    ]
    given = " or ".join(f"{quoted(name)} is not null" for name in IDENTIFIER_COLUMNS if name in present) or "false"
    # md5_number_upper takes two and a half times as long.
    key = f"('0x' || left(md5(concat_ws(chr(31), {', '.join(texts)})), 16))::ubigint"
    return f"case when {given} then {key} end"


LINK_COLUMNS = ("user_id", "email", "phone", "vendor_ids")
"""Identifiers of a reference row."""


def note_changed_sets(
    connection: duckdb.DuckDBPyConnection, rows: str, parameters: list[Any] | dict[str, Any] | None = None
) -> None:
    """Note the identifier sets of rows that are about to come or to go; of events, ``changed_events`` notes more.

    Args:
        connection: Inside the transaction that makes the change.
        rows: SQL of a relation with a column ``set_key``.
        parameters: Its parameters.
    """
    connection.execute(
        f"insert into ops.changed_sets select distinct set_key from ({rows}) where set_key is not null", parameters
    )
