"""Stays in stages as few numbers, and the frames that analyses take."""

from datetime import UTC, datetime, timedelta

import polars as pl

TIME = pl.Datetime("us", "UTC")
STAY = tuple[int, int, int | None, bool, str]
"""Customer, day of the start, days until the end (None: undecided), whether it ended by leaving, stage."""

_START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return _START + timedelta(days=number)


def stays_frame(stays: list[STAY]) -> pl.DataFrame:
    rows = [
        (who, day(start), None if length is None else day(start + length), left and length is not None, stage)
        for who, start, length, left, stage in stays
    ]
    schema = {
        "customer_id": pl.Int64,
        "started_at": TIME,
        "ended_at": TIME,
        "is_dropped": pl.Boolean,
        "stage": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
