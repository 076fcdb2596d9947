"""Small tables written as text, so that a definition can be read in ten lines."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from journey_analytics.contracts import EVENTS, IDENTIFIER_LIST

DAY = "2026-03-02"
"""The day of times that are written without a date."""


def table(text: str) -> list[dict[str, str | None]]:
    """Rows of a table drawn with bars; an empty cell is None."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    names = [name.strip() for name in lines[0].split("|")]
    rows: list[dict[str, str | None]] = []
    for line in lines[1:]:
        cells = [cell.strip() or None for cell in line.split("|")]
        assert len(cells) == len(names), f"{len(cells)} cells under {len(names)} names: {line!r}"
        rows.append(dict(zip(names, cells, strict=True)))
    return rows


def moment(text: str) -> datetime:
    """A time in UTC: ``10:30``, ``10:30:00.5``, ``2026-03-05`` or ``2026-03-05 10:30``."""
    dated = text if "-" in text else f"{DAY} {text}"
    return datetime.fromisoformat(dated).replace(tzinfo=UTC)


def events(text: str) -> pl.DataFrame:
    """Events of known customers, as the transforms read them, from a table of what matters.

    ``customer`` (a name) and ``at`` must be there; ``event`` names the row (by default e1, e2, ...), ``type`` is
    page_view by default, ``channel`` web, ``actor`` customer; ``precision`` instant. Any other column of staging.events
    may be given by its name.
    """
    rows = [_event(row, index) for index, row in enumerate(table(text), start=1)]
    schema = {"customer_key": pl.UInt64} | dict(EVENTS.schema)
    return pl.DataFrame(rows, schema=schema)


def _event(row: dict[str, str | None], index: int) -> dict[str, Any]:
    given = {name: value for name, value in row.items() if value is not None}
    event = {
        "customer_key": key_of(given.pop("customer")),
        "event_id": given.pop("event", f"e{index}"),
        "event_key": index,
        "occurred_at": moment(given.pop("at")),
        "event_type": given.pop("type", "page_view"),
        "source": "web",
        "channel": "web",
        "actor": "customer",
        "is_machine": given.pop("machine", "no") == "yes",
        "time_precision": given.pop("precision", "instant"),
    }
    event |= given
    event.setdefault("entry_channel", event["channel"])
    for name in ("value", "score"):
        if name in event:
            event[name] = Decimal(event[name])
    if "source_order" in event:
        event["source_order"] = int(event["source_order"])
    if event["time_precision"] == "day":
        event.setdefault("time_zone", "UTC")
    if "received_at" in event:
        event["received_at"] = moment(event["received_at"])
    return event


def key_of(customer: str) -> int:
    """A stable number for a name."""
    return int.from_bytes(customer.encode()[:8], "big")


def name_of(key: int) -> str:
    """The name of a number made by ``key_of``."""
    return key.to_bytes(8, "big").strip(b"\x00").decode()


def identifier_sets(text: str) -> pl.DataFrame:
    """Identifier sets from a table; ``vendor_id`` cells read ``kind=value``; ``first_at``, ``last_at`` are times."""
    rows: list[dict[str, Any]] = []
    for index, row in enumerate(table(text)):
        kind, _, value = (row.get("vendor_id") or "").partition("=")
        rows.append(
            {name: row.get(name) for name in _PLAIN}
            | {
                "set_key": index,
                "vendor_ids": [{"kind": kind, "value": value}] if value else None,
                **{
                    f"{which}_occurred_at": moment(written) if (written := row.get(f"{which}_at")) else None
                    for which in ("first", "last")
                },
            }
        )
    schema = {"set_key": pl.UInt64, **dict.fromkeys(_PLAIN, pl.String), "vendor_ids": IDENTIFIER_LIST}
    times = dict.fromkeys(("first_occurred_at", "last_occurred_at"), EVENTS.schema["occurred_at"])
    return pl.DataFrame(rows, schema={**schema, **times})


_PLAIN = ("user_id", "email", "phone", "anonymous_id", "device_id", "previous_id", "click_id", "click_id_type")


def shown(value: Any) -> str | None:
    """A value as a cell would show it."""
    if isinstance(value, datetime):
        text = value.strftime("%Y-%m-%d %H:%M:%S.%f").removesuffix(".000000").removesuffix(":00")
        return text.removeprefix(f"{DAY} ").removesuffix(" 00:00")
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or None
    if isinstance(value, float):
        return f"{value:g}"
    return None if value is None else str(value)


def _plain(cell: str | None) -> str | None:
    """A time written in full as ``shown`` shows it."""
    return shown(moment(cell)) if cell and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d(:[\d.]+)?", cell) else cell


def assert_rows(frame: pl.DataFrame, expected: str, *, sort: bool = False) -> None:
    """The columns that the expected table names, in its order of rows."""
    wanted = [{name: _plain(cell) for name, cell in row.items()} for row in table(expected)]
    found = [{name: shown(row[name]) for name in wanted[0]} for row in frame.iter_rows(named=True)]
    if sort:
        found, wanted = (sorted(rows, key=str) for rows in (found, wanted))
    assert found == wanted
