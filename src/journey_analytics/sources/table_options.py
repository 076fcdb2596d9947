"""What a ``[[sources]]`` block of type ``table`` may say."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from journey_analytics.config import TimeZone
from journey_analytics.errors import did_you_mean
from journey_analytics.sources.source import SourceOptions, TimeFormats
from journey_analytics.transform.times import Clock
from journey_analytics.vocabulary import Actor, Channel

MAPPABLE = (
    "event_name", "event_type", "actor", "channel", "user_id", "email", "phone", "anonymous_id", "device_id",
    "click_id", "click_id_type", "campaign_source", "campaign_medium", "campaign_name", "campaign_id", "page_url",
    "referrer", "value", "currency", "score", "consent",
)  # fmt: skip
"""Canonical fields that a table may fill."""


class FieldMapping(SourceOptions):
    """Where a canonical field comes from.

    Attributes:
        column: Column, or dotted path in JSON. A plain text in journey.toml means this.
        map: Meaning of values; a key may be a comparison such as ``"< 0"``.
        otherwise: Meaning of values that are not in ``map``, or of missing ones; without it they stay as they are.
        constant: The same value for every row.
        product: Columns to multiply.
    """

    column: str | None = None
    map: dict[str, str] = {}
    otherwise: str | None = None
    constant: str | None = None
    product: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_origin(self) -> "FieldMapping":
        origins = [self.column is not None, self.constant is not None, bool(self.product)]
        if sum(origins) != 1:
            raise ValueError("name exactly one of 'column', 'constant' and 'product'.")
        for key in self.map:
            operator, _, limit = key.partition(" ")
            if operator in ("<", "<=", ">", ">="):
                _check_number(key, limit)
        return self

    def columns(self) -> list[str]:
        """Columns that the mapping reads."""
        return [self.column] if self.column is not None else list(self.product)


class TimeMapping(SourceOptions):
    """Where a time comes from and how it is written.

    Attributes:
        column: Column, or dotted path in JSON.
        unit: ``iso`` for texts, an epoch unit for numbers, ``day`` for dates without a time.
        format: strptime formats of texts that are not ISO 8601.
        zone: Zone of texts without an offset and of days; without it such texts are rejected.
    """

    column: str
    unit: Literal["iso", "seconds", "milliseconds", "microseconds", "day"] = "iso"
    format: TimeFormats = ()
    zone: TimeZone | None = None

    @model_validator(mode="after")
    def _zone_is_known(self) -> "TimeMapping":
        carries_offset = all(any(mark in fmt for mark in ("%z", "%#z", "%+")) for fmt in self.format)
        if self.format and not carries_offset and self.zone is None:
            raise ValueError("a format without an offset needs 'zone', for example zone = \"Europe/Prague\".")
        return self

    def clock(self) -> Clock:
        """The same for the transform."""
        return Clock(self.unit, self.zone, self.format)


def _as_mapping(value: Any) -> Any:  # noqa: ANN401
    return {"column": value} if isinstance(value, str) else value


FieldSpec = Annotated[FieldMapping, BeforeValidator(_as_mapping)]


class TableOptions(SourceOptions):
    """How the rows of a table become events."""

    channel: Channel
    actor: Actor = Actor.CUSTOMER
    key: tuple[str, ...] | Literal["content"]
    time: TimeMapping
    received: TimeMapping | None = None
    fields: dict[str, FieldSpec] = Field(default_factory=dict)
    ids: dict[str, str] = {}
    group_by: tuple[str, ...] = ()
    order: str | None = None
    version: str | None = None
    missing: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, fields: dict[str, FieldMapping]) -> dict[str, FieldMapping]:
        for name in fields:
            if name not in MAPPABLE:
                raise ValueError(f"unknown field '{name}'. {did_you_mean(name, MAPPABLE)}")
        return fields

    @field_validator("key")
    @classmethod
    def _names_columns(cls, key: tuple[str, ...] | str) -> tuple[str, ...] | str:
        if not key:
            raise ValueError('name at least one column that tells rows apart, or write key = "content".')
        return key

    @model_validator(mode="after")
    def _says_what_happened(self) -> "TableOptions":
        if "event_type" not in self.fields and "event_name" not in self.fields:
            raise ValueError("fields must map 'event_type' or 'event_name'.")
        return self

    @model_validator(mode="after")
    def _tells_lines_apart(self) -> "TableOptions":
        if self.group_by and self.key != "content" and set(self.key) <= set(self.group_by):
            raise ValueError(
                "'key' must tell the lines of a group apart, or all but one would count as repeats: add a column of "
                "the line to 'key', such as its number, or use key = \"content\"."
            )
        return self

    def canonical_names(self) -> set[str]:
        """Names of ``group_by`` that mean a canonical field, not a column."""
        return set(self.fields)

    def number_columns(self) -> list[str]:
        """Columns that hold numbers: factors, and what ``value`` and ``score`` come from."""
        numbers = [mapping for name, mapping in self.fields.items() if name in ("value", "score") or mapping.product]
        compared = [mapping for mapping in self.fields.values() if any(key[0] in "<>" for key in mapping.map if key)]
        return list(dict.fromkeys(column for mapping in [*numbers, *compared] for column in mapping.columns()))

    def columns(self) -> list[str]:
        """Every column that the mapping reads, once, in order."""
        times = [self.time.column] + ([self.received.column] if self.received else [])
        keys = [] if self.key == "content" else list(self.key)
        groups = [name for name in self.group_by if name not in self.canonical_names()]
        mapped = [column for mapping in self.fields.values() for column in mapping.columns()]
        others = [column for column in (self.order, self.version) if column]
        return list(dict.fromkeys([*times, *keys, *groups, *mapped, *self.ids.values(), *others]))


def _check_number(key: str, limit: str) -> None:
    try:
        float(limit)
    except ValueError:
        raise ValueError(f"'{key}' does not compare with a number.") from None
