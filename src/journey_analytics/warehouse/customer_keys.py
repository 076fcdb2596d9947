"""Customer keys: keyed hashes of the identifiers that name profiles, and the secret behind them."""

import os
import secrets
from pathlib import Path

import duckdb
import polars as pl

from journey_analytics.errors import ConfigurationError
from journey_analytics.warehouse.connection import registered

_HMAC_BLOCK = 64


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


def customer_keys(connection: duckdb.DuckDBPyConnection, owners: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Keys of profiles: the first 64 bits of HMAC-SHA256 (RFC 2104) of "kind, unit separator, value".

    Args:
        connection: Any connection.
        owners: ``owner_kind`` and ``owner_value`` of the identifiers that name profiles.
        key: The secret.

    Returns:
        The distinct owners with ``customer_key``.
    """
    padded = key.ljust(_HMAC_BLOCK, b"\x00")
    pads = {
        "inner": bytes(byte ^ 0x36 for byte in padded),
        "outer": bytes(byte ^ 0x5C for byte in padded),
    }
    with registered(connection, owners=owners.select("owner_kind", "owner_value").unique()):
        return connection.sql(
            """
            select owner_kind, owner_value, ('0x' || left(sha256($outer::blob || unhex(sha256(
                $inner::blob || encode(owner_kind || chr(31) || owner_value)
            ))), 16))::ubigint as customer_key
            from owners
            """,
            params=pads,
        ).pl()
