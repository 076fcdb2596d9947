"""Customer keys, and which events belong to whom, inside the pipeline's own database."""

import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from journey_analytics.contracts import IDENTITIES, IDENTITY_FINDINGS, UTC_TIME
from journey_analytics.errors import ConfigurationError
from journey_analytics.transform.identities import IDENTIFIER_COLUMNS, Identities
from journey_analytics.warehouse.connection import registered, replace_all

_HMAC_BLOCK = 64
_LISTED = ", ".join(IDENTIFIER_COLUMNS)
_SAME_SET = " and ".join(f"events.{name} is not distinct from identifier_sets.{name}" for name in IDENTIFIER_COLUMNS)


def load_customer_key(path: Path, *, is_in_use: bool) -> bytes:
    """The secret with which customer ids are made; made at random when there is none yet.

    Customer ids in published tables are keyed hashes: without this file nobody can compute an id from an e-mail
    address. It must survive, or every id changes.

    Args:
        path: Where it stands.
        is_in_use: Whether ids were made already; only before may an empty file be filled.

    Raises:
        ConfigurationError: The file is not the 64 hexadecimal digits that it should be.
    """
    if not path.exists() or (path.stat().st_size == 0 and not is_in_use):
        _make_key(path)
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) < _HMAC_BLOCK // 4:
        raise ConfigurationError(
            f"{path.name} is not a key: it must hold at least 32 hexadecimal digits.",
            hint="Put the old file back. A new key (delete the file) gives every customer a new id.",
        )
    return key


def _make_key(path: Path) -> None:
    """Written beside it and moved, so that a kill leaves a whole key or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    with beside.open("w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def has_ids(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a build made customer ids already."""
    return connection.sql("select count(*) > 0 from journeys.identities").fetchall()[0][0]


def identifier_sets(connection: duckdb.DuckDBPyConnection, sources: Sequence[str], as_of: datetime) -> pl.DataFrame:
    """Distinct identifier sets of reference rows and of the events up to a time, kept as a temporary table as well.

    Returns:
        ``set_index``, the identifier columns, ``first_occurred_at``.
    """
    connection.execute(
        f"""
        create or replace temp table identifier_sets as
        with sets as (
            select {_LISTED}, occurred_at as first_occurred_at
            from staging.events
            where list_contains($sources, source) and occurred_at <= $as_of
            union all by name
            select user_id, email, phone, vendor_ids, null::timestamptz as first_occurred_at
            from staging.reference_links
            where list_contains($sources, source)
        )
        select row_number() over () as set_index, *
        from (select * exclude (first_occurred_at), min(first_occurred_at) as first_occurred_at from sets group by all)
        """,
        {"sources": list(sources), "as_of": as_of},
    )
    return connection.sql("from identifier_sets").pl().cast({"first_occurred_at": UTC_TIME})


def save_identities(connection: duckdb.DuckDBPyConnection, identities: Identities, key: bytes) -> None:
    """Write ``journeys.identities`` and the findings, and keep the customer of each set as a temporary table."""
    padded = key.ljust(_HMAC_BLOCK, b"\x00")
    pads = {
        "inner": bytes(byte ^ 0x36 for byte in padded),
        "outer": bytes(byte ^ 0x5C for byte in padded),
    }
    owners = identities.identifiers.select("owner_kind", "owner_value").unique()
    with registered(connection, owners=owners, sets=identities.sets):
        # HMAC-SHA256 (RFC 2104) of "kind, unit separator, value"; the first 64 bits name the customer.
        connection.execute(
            """
            create or replace temp table customer_keys as
            select owner_kind, owner_value, ('0x' || left(sha256($outer::blob || unhex(sha256(
                $inner::blob || encode(owner_kind || chr(31) || owner_value)
            ))), 16))::ubigint as customer_key
            from owners
            """,
            pads,
        )
        connection.execute(
            """
            create or replace temp table set_customers as
            select set_index, customer_key from sets join customer_keys using (owner_kind, owner_value)
            """
        )
    keys = connection.sql("from customer_keys").pl()
    owned = identities.identifiers.join(keys, on=["owner_kind", "owner_value"])
    replace_all(connection, IDENTITIES, owned.select("kind", "value", "customer_key", "rule"))
    replace_all(connection, IDENTITY_FINDINGS, identities.findings)


def assign_events(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep the customer of every event as a temporary table ``event_customers``."""
    connection.execute(
        f"""
        create or replace temp table event_customers as
        select events.event_key, set_customers.customer_key
        from staging.events
        join identifier_sets on {_SAME_SET}
        join set_customers using (set_index)
        """
    )
