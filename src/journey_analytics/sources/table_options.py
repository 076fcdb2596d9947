"""What a ``[[sources]]`` block of type ``table`` may say."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from journey_analytics.errors import did_you_mean
from journey_analytics.setting_values import TimeZone
from journey_analytics.sources.source import SourceOptions, TimeFormats
from journey_analytics.sources.versions import FileNamePattern
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
        column: Column, or dotted path in JSON. A plain text in the place of the braces means this.
        map: Meaning of values. A key is a value, exactly as it stands in the file, or a comparison such as ``"< 0"``
            (``<``, ``<=``, ``>``, ``>=``); the first that fits counts.
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


class VersionMapping(SourceOptions):
    """Where a version comes from.

    Attributes:
        column: Column, or dotted path in JSON. A plain text in the place of the braces means this.
        file_name: Regular expression whose one group is the version, looked for in the file's name, else in its path.
            Rows of a file where it is not found are rejected.
        constant: The same version for every row.
    """

    column: str | None = None
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
        column: Column, or dotted path in JSON, that holds the time.
        unit: ``iso`` for texts, an epoch unit for numbers, ``day`` for dates without a time.
        format: strptime formats of texts that are not ISO 8601, such as ``%d/%m/%Y %H:%M``.
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


def _as_mapping(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


FieldSpec = Annotated[FieldMapping, BeforeValidator(_as_mapping), Field(description="text, or table, see below")]


VersionSpec = Annotated[VersionMapping, BeforeValidator(_as_mapping), Field(description="text, or table, see below")]


class TableOptions(SourceOptions):
    """How the rows of a table become events.

    Attributes:
        channel: Where the contact happened, unless ``fields`` maps it.
        actor: Who acted, unless ``fields`` maps it.
        key: Columns that tell the rows apart: a repeat of the key is the same row delivered twice, and is loaded once.
            Or ``"content"``: rows are told apart by all they say, and equal rows within one file stay apart.
        time: When it happened.
        received: When the row was received, if a column says so. Of rows with the same key and no version the one
            received first wins; a row whose time is more than a day after it is held back.
        fields: What the columns mean: the canonical fields below, each with where it comes from. ``event_type`` or
            ``event_name`` must be there; without ``event_type`` the name in snake_case is the type.
        ids: Identifiers of a vendor: a kind of your choice, and the column that holds it:
            ``{ loyalty_card = "card_no" }``. The same kind in two sources is the same identifier.
        group_by: Makes one event of all rows that agree in these columns or mapped fields, as of the lines of an order:
            the value is their sum, the time the earliest; rows of different event types make events of their own.
            ``key`` must tell the lines apart: if it only named the order, all its lines but one would be duplicates.
        order: Column with a whole number that orders events of the same instant.
        version: By what newer rows replace older ones of the same key: the greatest wins. Whole numbers compare by
            size, everything else letter by letter: write times as ISO 8601.
        snapshot: Column that tells which part of the table a row is of, such as its day, where each export holds whole
            parts. The newest export of a part replaces the older ones, with the rows that it no longer has: ``version``
            is then that of the export. The same key in two parts is two events.
        missing: Texts that mean: no value, such as ``"?"``. An empty cell means it already.
        decimal: The decimal point of numbers: ``"."``, or ``","`` as in many spreadsheets (``1.234,50``).
    """

    channel: Channel
    actor: Actor = Actor.CUSTOMER
    key: tuple[str, ...] | Literal["content"]
    time: TimeMapping
    received: TimeMapping | None = None
    fields: dict[str, FieldSpec] = Field(default_factory=dict)
    ids: dict[str, str] = {}
    group_by: tuple[str, ...] = ()
    order: str | None = None
    version: VersionSpec | None = None
    snapshot: str | None = None
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

    @field_validator("snapshot")
    @classmethod
    def _has_version(cls, column: str, info: ValidationInfo) -> str:
        if "version" in info.data and info.data["version"] is None:
            raise ValueError("a snapshot needs 'version', to know which export of a part is the newest.")
        return column

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
        version = self.version.column if self.version else None
        others = [column for column in (self.order, version, self.snapshot) if column]
        return list(dict.fromkeys([*times, *keys, *groups, *mapped, *self.ids.values(), *others]))


def _check_number(key: str, limit: str) -> None:
    try:
        float(limit)
    except ValueError:
        raise ValueError(f"'{key}' does not compare with a number.") from None
