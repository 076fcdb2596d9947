"""Columns of Arrow as series of Polars: as they are where Polars can write them, else as texts, value by value.

Polars panics, rather than raising, over some types and over times outside of the calendar.
"""

import base64
import json
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from journey_analytics.config.setting_values import time_zones

Array = Any
Scalar = Any
"""pyarrow's; it comes without types."""

_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31, counted from 1970."""

_PER_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


class Column(NamedTuple):
    """A column that can be written as JSON, and the places of texts in it that are not UTF-8."""

    values: pl.Series
    broken: list[int]
    is_json: bool = False


def to_column(name: str, array: Array) -> Column:
    """A column of Arrow as one that can be written as JSON.

    What Polars cannot write becomes text: numbers and times as people write them, bytes in base64, nested values as
    JSON. A time outside of the years 1 to 9999 becomes the number that stands in the file.
    """
    kind = array.type
    if isinstance(kind, pa.JsonType):
        return to_column(name, array.storage)._replace(is_json=True)
    if types.is_float16(kind):
        array = array.cast(pa.float32())
    if types.is_timestamp(kind) and kind.tz is not None and kind.tz not in time_zones():
        array = array.cast(pa.timestamp(kind.unit, "UTC"))  # whatever the zone is called, the values are in UTC
    if _is_plain(array):
        return Column(pl.Series(name, array), [])
    texts: list[str | None] = []
    broken: list[int] = []
    for place, value in enumerate(array):
        try:
            texts.append(_text(value))
        except UnicodeDecodeError:
            texts.append(None)
            broken.append(place)
    return Column(pl.Series(name, texts, dtype=pl.String), broken)


def _is_plain(array: Array) -> bool:
    """Whether Polars can take and write a column."""
    kind = array.type
    if types.is_nested(kind) or types.is_dictionary(kind):
        return all(_is_plain_inside(inner) for inner in _parts(array))
    if types.is_time(kind):
        return _is_within(array, 0, 0)
    if types.is_binary(kind) or types.is_decimal128(kind) or types.is_duration(kind):
        return True
    return _is_plain_inside(array)


def _is_plain_inside(array: Array) -> bool:
    """The same for a column that is part of another."""
    kind = array.type
    if parts := _parts(array):
        return all(_is_plain_inside(part) for part in parts)
    if types.is_string(kind) or types.is_large_string(kind):
        return _is_valid(array)
    if types.is_date32(kind):
        return _is_within(array, _FIRST_DAY, _LAST_DAY)
    if types.is_timestamp(kind):
        return (kind.tz is None or kind.tz in time_zones()) and _is_within(array, _FIRST_DAY, _LAST_DAY)
    return (
        types.is_integer(kind)
        or types.is_float32(kind)
        or types.is_float64(kind)
        or types.is_boolean(kind)
        or types.is_null(kind)
    )


def _parts(array: Array) -> list[Array]:
    """The columns that a nested one is made of."""
    kind = array.type
    if types.is_struct(kind):
        return array.flatten()
    if types.is_map(kind):
        return [array.keys, array.items]
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return [array.flatten()]
    return [array.dictionary] if types.is_dictionary(kind) else []


def _is_within(array: Array, first_day: int, last_day: int) -> bool:
    """Whether all times are on these days."""
    ends = pc.call_function("min_max", [array])
    per_day = 1 if types.is_date32(array.type) else _PER_DAY[array.type.unit]
    low, high = ends["min"], ends["max"]
    return not low.is_valid or (low.value >= first_day * per_day and high.value < (last_day + 1) * per_day)


def _is_valid(array: Array) -> bool:
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _text(value: Scalar) -> str | None:
    if not value.is_valid:
        return None
    try:
        found = value.as_py()
    except UnicodeDecodeError:
        raise
    except (ValueError, OverflowError, pa.ArrowException):
        return str(value.value) if types.is_temporal(value.type) else None
    return found if isinstance(found, str) else _json_text(found)


def _json_text(value: object) -> str:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%S.%f%z")
        case list() | dict() | tuple():
            return json.dumps(value, default=_json_text, ensure_ascii=False)
        case _:
            return str(value)
