"""Parts of a ``[[sources]]`` block of type ``table``: where fields, times and versions come from, and conditions."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from journey_analytics.config.setting_values import Name, TimeZone
from journey_analytics.config.toml_files import MistakeAt
from journey_analytics.errors import did_you_mean
from journey_analytics.sources.source import SourceOptions, TimeFormats
from journey_analytics.sources.versions import FileNamePattern
from journey_analytics.transform.times import Clock

MAPPABLE = (
    "event_name", "event_type", "actor", "channel", "user_id", "email", "phone", "anonymous_id", "device_id",
    "click_id", "click_id_type", "campaign_source", "campaign_medium", "campaign_name", "campaign_id", "page_url",
    "referrer", "value", "currency", "score", "is_machine", "consent",
)  # fmt: skip
"""Canonical fields that a table may fill."""

COMPARISONS = ("<=", ">=", "<", ">")
"""Before a number and a space, in a condition or on the left of a map."""

ANY, NONE = "*", ""
"""In a condition: any value at all, and no value."""


def _check_column(name: str) -> str:
    """Refuse what is meant as a path but is none: it would find nothing, in every row."""
    meant = re.sub(r"\[(\d+)\]", r".\1", name.removeprefix("$."))
    if "[*]" in name or ".*" in name:
        raise ValueError(f"'{name}': a path leads to one value. To make a row of every element of a list, use 'each'.")
    if name.startswith("$.") or re.search(r"\[\d+\]\.", name):
        raise ValueError(f"'{name}': a path is keys and places (from 0) with dots between them: write '{meant}'.")
    return name


Column = Annotated[str, AfterValidator(_check_column), Field(description="text", min_length=1)]
"""Name of a column, or dotted path in JSON."""


class FieldMapping(SourceOptions):
    """Where a canonical field comes from.

    Attributes:
        column: Column, or dotted path in JSON. A plain text in the place of the braces means this.
        map: Meaning of values. A key is a value, exactly as it stands in the file, or a comparison such as ``"< 0"``
            (``<``, ``<=``, ``>``, ``>=``); the first that fits counts.
        otherwise: Meaning of values that are not in ``map``, or of missing ones; without it they stay as they are.
        constant: The same value for every row.
        product: Columns to multiply.
    """

    column: Column | None = None
    map: dict[str, str] = {}
    otherwise: str | None = None
    constant: str | None = None
    product: tuple[Column, ...] = ()

    @model_validator(mode="after")
    def _one_origin(self) -> "FieldMapping":
        origins = [self.column is not None, self.constant is not None, bool(self.product)]
        if sum(origins) != 1:
            raise ValueError("name exactly one of 'column', 'constant' and 'product'.")
        if (self.map or self.otherwise is not None) and self.column is None:
            raise ValueError("'map' and 'otherwise' say what the values of a 'column' mean; name one.")
        for key in self.map:
            check_comparison(key)
        return self

    def columns(self) -> list[str]:
        """Columns that the mapping reads."""
        return [self.column] if self.column is not None else list(self.product)


class VersionMapping(SourceOptions):
    """Where a version comes from.

    Attributes:
        column: Column, or dotted path in JSON. A plain text in the place of the braces means this.
        file_name: Regular expression whose one group is the version, looked for in the file's name, else in its path.
            Rows of a file where it is not found are rejected.
        constant: The same version for every row.
    """

    column: Column | None = None
    file_name: FileNamePattern | None = None
    constant: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "VersionMapping":
        if sum(origin is not None for origin in (self.column, self.file_name, self.constant)) != 1:
            raise ValueError("name exactly one of 'column', 'file_name' and 'constant'.")
        return self


class TimeMapping(SourceOptions):
    """Where a time comes from and how it is written.

    Attributes:
        column: Column, or dotted path in JSON, that holds the time. Must be given, except in the ``time`` of a source
            with ``[[sources.events]]``, which says how the times of its events are written.
        unit: ``iso`` for texts, an epoch unit for numbers, ``day`` for dates without a time.
        format: strptime formats of texts that are not ISO 8601, such as ``%d/%m/%Y %H:%M``.
        zone: Zone of texts without an offset and of days; without it such texts are rejected. So is a local time that
            happens twice, or never, on a day on which clocks change: only an offset in the text says which is meant,
            read by ISO 8601 or by ``%z`` in ``format``.
    """

    column: Column | None = None
    unit: Literal["iso", "seconds", "milliseconds", "microseconds", "day"] = "iso"
    format: TimeFormats = ()
    zone: TimeZone | None = None

    @model_validator(mode="after")
    def _zone_is_known(self) -> "TimeMapping":
        carries_offset = all(any(mark in fmt for mark in ("%z", "%#z", "%+")) for fmt in self.format)
        if self.format and not carries_offset and self.zone is None:
            raise ValueError("a format without an offset needs 'zone', for example zone = \"Europe/Prague\".")
        if self.format and self.unit != "iso":
            raise ValueError(f"'format' is for texts, and unit = \"{self.unit}\" is none; leave one of them out.")
        return self

    def clock(self) -> Clock:
        """The same for the transform."""
        return Clock(self.unit, self.zone, self.format)


def _as_mapping(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


FieldSpec = Annotated[FieldMapping, BeforeValidator(_as_mapping), Field(description="text, or table, see below")]


VersionSpec = Annotated[VersionMapping, BeforeValidator(_as_mapping), Field(description="text, or table, see below")]


TimeSpec = Annotated[TimeMapping, BeforeValidator(_as_mapping), Field(description="text, or table, see below")]

ConditionValue = bool | int | float | str


def _as_alternatives(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _check_alternatives(values: tuple[ConditionValue, ...]) -> tuple[ConditionValue, ...]:
    if not values:
        raise ValueError('an empty list matches nothing; name a value, "*" for any, or "" for none.')
    for value in values:
        if isinstance(value, str):
            check_comparison(value)
    return values


Alternatives = Annotated[
    tuple[ConditionValue, ...],
    BeforeValidator(_as_alternatives),
    AfterValidator(_check_alternatives),
    Field(description="value or list of values"),
]


def _names_a_column(condition: dict[str, tuple[ConditionValue, ...]]) -> dict[str, tuple[ConditionValue, ...]]:
    if not condition:
        raise ValueError("name at least one column and its value.")
    return condition


Condition = Annotated[
    dict[Column, Alternatives], AfterValidator(_names_a_column), Field(description="table of columns and values")
]
"""Columns and the values that they must have, all of them."""


class EventMapping(SourceOptions):
    """One of several events that a row makes, where it has a time for it.

    Attributes:
        name: Tells the events of a row apart. It is the event's name and its type, unless ``fields`` of the event or
            of the source map ``event_name`` or ``event_type``.
        time: Column of its time, written as ``time`` of the source says, or a table as there. A row without a value
            there does not make this event.
        when: Columns and the values that they must have for the row to make this event, as in ``skip``.
        fields: Canonical fields that are others than in ``fields`` of the source.
    """

    name: Name
    time: TimeSpec
    when: Condition | None = None
    fields: dict[str, FieldSpec] = {}

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, fields: dict[str, FieldMapping]) -> dict[str, FieldMapping]:
        return check_fields(fields)


def check_fields(fields: dict[str, FieldMapping]) -> dict[str, FieldMapping]:
    """Refuse what is no canonical field."""
    for name in fields:
        if name not in MAPPABLE:
            raise MistakeAt((name,), f"unknown field '{name}'. {did_you_mean(name, MAPPABLE)}")
    return fields


def check_comparison(text: str) -> None:
    """Refuse a comparison such as ``< 5`` that does not compare with a number."""
    operator, _, limit = text.partition(" ")
    if operator not in COMPARISONS:
        return
    try:
        float(limit)
    except ValueError:
        raise ValueError(f"'{text}' does not compare with a number.") from None
