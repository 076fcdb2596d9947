"""What goes wrong in files: rows of JSON, tables and forms, broken in every way that we have seen or can think of."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from random import Random
from typing import Any

_PLACEHOLDER = "@raw:{}@"
_RAW = (
    "1e400", "-1e400", "1e-400", "NaN", "Infinity", "-0", "123456789012345678901234567890", "0.1" + "0" * 300 + "1",
    '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"a\\u0000b"', "tru", "'x'", '"\\x41"', "[", "}", "", "01", "0x10",
    "[" * 60 + "]" * 60, "1" * 400,
)  # fmt: skip
"""JSON, or almost, as it stands in a file; Python would not write most of these."""
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-")
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, 10**18, 1.5, 1e-300, 1e308, 0.1, "", " ", "null",
    "NaN", "nan", "inf", "-inf", "true", "0", "-1", "1e400", "1e30", "1,5", "1 000", "99999999999999.9999999", "٣",
    "\u202e", "\ufeff", "\x1e", "\x1f", "\n", "\r", "\t", "a\x00b", "'", '"', "%", "%00", "%zz", "+", "é", "😀", "ﬀ",
    "x" * 5_000, "{", "[", "{}", "[]", '{"a":', "2026-02-30", "2026-03-29T02:30:00", "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59Z", "2026-03-02T09:00:00+99:00", "2026-03-02", "2026-03-02 09:00:00", 1772438400,
    1772438400000, 1772438400000000, 1772438400.5, "1772438400000", [], {}, [None], [[]], {"": ""}, {"a": {"b": []}},
    ["a", 1], [{"a": 1}], "https://x.example/?gclid=%ff&utm_source=%00&utm_medium=&utm_id", "Ann@EXAMPLE.com ",
)  # fmt: skip


def mutated_json(random: Random, document: str, others: Sequence[str]) -> str:
    """A JSON document with one to three faults; now and then a document of another source, or no change at all."""
    if random.random() < 0.05:
        return random.choice(others)
    try:
        row = json.loads(document)
    except ValueError:
        return _with_text_fault(random, document)
    if random.random() < 0.7:
        _give_own_ids(random, row)
    raw: list[str] = []
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        row = _mutated(random, row, raw)
    text = json.dumps(row, ensure_ascii=random.random() < 0.5)
    for number, token in enumerate(raw):
        text = text.replace(f'"{_PLACEHOLDER.format(number)}"', token)
    if random.random() < 0.1:
        text = _with_text_fault(random, text)
    # The rest of a line stays a line: a fault must not make two rows of one.
    return text.replace("\n", "").replace("\r", "") or "{}"


def mutated_text(random: Random, line: str, separator: str) -> str:
    """A line of a table or a form with one to three faults, still one line."""
    line = _UUID.sub(lambda found: f"{random.getrandbits(32):08x}{found[0][8:]}", line)
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        cells = line.split(separator)
        place = random.randrange(len(cells))
        match random.randrange(7):
            case 0:
                del cells[place]
            case 1:
                cells.insert(place, _cell(random))
            case 2:
                cells[place] += random.choice(('"', '""', '"a', "'"))
            case 3:
                cells[place] = f'"{cells[place]}"'
            case 4:
                other = random.randrange(len(cells))
                cells[place], cells[other] = cells[other], cells[place]
            case _:
                cells[place] = _cell(random)
        line = separator.join(cells)
    return line.replace("\n", " ").replace("\r", " ")


def _mutated(random: Random, row: Any, raw: list[str]) -> Any:
    places = list(_places(row))
    if not places:
        return deepcopy(random.choice(_VALUES))
    holder, key = random.choice(places)
    match random.randrange(10):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [holder[key]]
        case 2:
            holder[key] = {random.choice(("a", "value", "id", "")): holder[key]}
        case 3:
            holder[key] = json.dumps(holder[key])
        case 4:
            other, at = random.choice(places)
            holder[key] = json.loads(json.dumps(other[at]))
        case 5:
            holder[key] = _other_type(holder[key])
        case 6 if isinstance(holder, dict):
            holder[random.choice(("", "a.b", "/", "~1", "$", "line", "row", "raw", "\x00", "x" * 300))] = deepcopy(
                holder[key]
            )
        case 7:
            holder[key] = _PLACEHOLDER.format(len(raw))
            raw.append(random.choice(_RAW))
        case _:
            holder[key] = deepcopy(random.choice(_VALUES))
    return row


def _give_own_ids(random: Random, row: Any) -> None:
    """Other ids, so that a row is not taken for a repeat of the one that it was made of."""
    for holder, key in _places(row):
        value = holder[key]
        if isinstance(key, str) and key.lower().endswith(("id", "timestamp")) and not isinstance(value, bool):
            if isinstance(value, int):
                holder[key] = value + random.randrange(1000)
            elif isinstance(value, str) and key.lower().endswith("id"):
                holder[key] = f"{value}{random.randrange(1000)}"


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every object or list with each of its keys or indexes."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            found.append((value, key))
            found.extend(_places(inner))
    return found


def _other_type(value: Any) -> Any:
    match value:
        case bool() | None:
            return str(value)
        case int() | float():
            return value * 1000
        case str() if value.isdigit():
            return int(value)
        case str():
            return [value]
        case list():
            return dict(enumerate(value))
        case _:
            return list(value.values())


def _with_text_fault(random: Random, text: str) -> str:
    at = random.randrange(len(text) + 1)
    match random.randrange(5):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + random.choice(('"', "\x00", "\ufeff", "{", "]", "\\", "\x1f", ",")) + text[at:]
        case 2:
            return text[1:] + text[:1]
        case 3 if text.startswith("{") and len(text) > 2:
            # The same keys twice, with other values first.
            return '{"id":1,"type":"x","event":null,"email":[],"timestamp":0,' + text[1:]
        case _:
            return f"[{text},{text}]"


def _cell(random: Random) -> str:
    value = random.choice(_VALUES)
    return value if isinstance(value, str) else json.dumps(value)
