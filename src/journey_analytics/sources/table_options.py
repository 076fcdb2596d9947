"""What a ``[[sources]]`` block of type ``table`` may say."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from journey_analytics.config.setting_values import Name, check_unique
from journey_analytics.config.toml_files import MistakeAt
from journey_analytics.sources.source import SourceOptions
from journey_analytics.sources.table_mappings import (
    COMPARISONS,
    Column,
    Condition,
    EventMapping,
    FieldMapping,
    FieldSpec,
    TimeMapping,
    VersionSpec,
    check_fields,
)
from journey_analytics.vocabulary import Actor, Channel


def _as_key(value: object) -> object:
    """One column may be written without brackets."""
    if isinstance(value, str) and value != "content":
        return (value,)
    if not isinstance(value, str | list | tuple):
        raise MistakeAt((), 'name the columns that tell rows apart, as a list of texts, or write key = "content".')
    return value


class TableOptions(SourceOptions):
    """How the rows of a table become events.

    Attributes:
        channel: Where the contact happened. Must be given, unless ``fields`` maps it, of every event.
        actor: Who acted, unless ``fields`` maps it.
        key: Columns that tell the rows apart; one needs no brackets. A repeat of the key is the same row delivered
            twice, and is loaded once. Or ``"content"``: rows are told apart by all they say, and equal rows within one
            file stay apart.
        rows: Dotted path in a JSON document of the list of rows, or of the one row: ``"data.orders"``. A document that
            is a list of rows, or a row itself, needs none.
        each: Dotted path in a JSON row of a list of which every element is a row: ``"lines"``. Columns are then those
            of the element, and ``parent.order_id`` is one of the row around it.
        time: When it happened. Must be given, unless every one of ``[[sources.events]]`` says how its time is written.
        received: When the row was received, if a column says so. Of rows with the same key and no version the one
            received first wins; a row whose time is more than a day after it is held back.
        fields: What the columns mean: the canonical fields below, each with where it comes from. ``event_type`` or
            ``event_name`` must be there; without ``event_type`` the name in snake_case is the type.
        events: Makes several events of a row, as of a subscription that has started, was renewed and was cancelled: see
            below. The newest version of a row counts: an event of which it has no longer a time is taken back.
        skip: Rows that are no events: a name for the rule, and the columns with the values that such rows have, all of
            them: ``{ test_order = { status = ["test", "draft"] } }``. ``"*"`` is any value, ``""`` none, ``true`` and
            ``false`` whatever means so (``yes``, ``0``), ``"< 0"`` a comparison. They count as skipped by that name.
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

    channel: Channel | None = None
    actor: Actor = Actor.CUSTOMER
    key: Annotated[tuple[Column, ...] | Literal["content"], BeforeValidator(_as_key)]
    rows: Column | None = None
    each: Column | None = None
    time: TimeMapping | None = Field(default=None, description="table, see below")
    received: TimeMapping | None = None
    fields: dict[str, FieldSpec] = Field(default_factory=dict)
    events: tuple[EventMapping, ...] = Field(default=(), description="tables, see below")
    skip: dict[Name, Condition] = Field(default={}, description="table of conditions")
    ids: dict[str, Column] = {}
    group_by: tuple[str, ...] = ()
    order: Column | None = None
    version: VersionSpec | None = None
    snapshot: Column | None = None
    missing: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, fields: dict[str, FieldMapping]) -> dict[str, FieldMapping]:
        return check_fields(fields)

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
    def _says_where(self) -> "TableOptions":
        mapped = [self.fields | event.fields for event in self.events] or [self.fields]
        if self.channel is None and not all("channel" in fields for fields in mapped):
            raise ValueError(
                f"key 'sources.channel' is missing: where the contacts happened, one of {', '.join(Channel)}; or map "
                "it in fields."
            )
        return self

    @model_validator(mode="after")
    def _says_when(self) -> "TableOptions":
        if self.events and self.time and self.time.column:
            raise MistakeAt(("time", "column"), "with [[sources.events]] each event names the column of its own time.")
        if not self.events and self.time is None:
            raise ValueError("key 'sources.time' is missing: time = { column = \"...\" } says when it happened.")
        for name in ("received",) if self.events else ("time", "received"):
            mapping: TimeMapping | None = getattr(self, name)
            if mapping is not None and mapping.column is None:
                raise MistakeAt((name,), "'column' is missing: it names the column with the time.")
        for index, event in enumerate(self.events):
            if event.time.column is None:
                raise MistakeAt(("events", index, "time"), "'column' is missing: it names the column with the time.")
        return self

    @model_validator(mode="after")
    def _says_what_happened(self) -> "TableOptions":
        if not self.events and "event_type" not in self.fields and "event_name" not in self.fields:
            raise MistakeAt(("fields",), "fields must map 'event_type' or 'event_name'.")
        check_unique([event.name for event in self.events], ("events",), "two [[sources.events]] have")
        if self.events and self.group_by:
            raise MistakeAt(
                ("group_by",), "makes one event of several rows, [[sources.events]] several of one: use one."
            )
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
        """Columns that hold numbers: factors, what ``value`` and ``score`` come from, and what is compared."""
        named = [item for fields in self.all_fields() for item in fields.items()]
        numbers = [mapping for name, mapping in named if name in ("value", "score") or mapping.product]
        compared = [mapping for _, mapping in named if any(is_number(key) for key in mapping.map)]
        columns = [column for mapping in [*numbers, *compared] for column in mapping.columns()]
        conditions = [
            column
            for condition in self.conditions()
            for column, values in condition.items()
            if any(is_number(value) for value in values)
        ]
        return list(dict.fromkeys([*columns, *conditions]))

    def columns(self) -> list[str]:
        """Every column that the mapping reads, once, in order."""
        times = [time for time in (self.time, self.received, *(event.time for event in self.events)) if time]
        keys = [] if self.key == "content" else list(self.key)
        groups = [name for name in self.group_by if name not in self.canonical_names()]
        mapped = [column for fields in self.all_fields() for field in fields.values() for column in field.columns()]
        conditions = [column for condition in self.conditions() for column in condition]
        version = self.version.column if self.version else None
        timed = [time.column for time in times if time.column]
        others = [column for column in (self.order, version, self.snapshot) if column]
        return list(dict.fromkeys([*timed, *keys, *groups, *mapped, *self.ids.values(), *conditions, *others]))

    def all_fields(self) -> Iterable[dict[str, FieldMapping]]:
        """What fields come from: of every row, and of each of several events."""
        return [self.fields, *(event.fields for event in self.events)]

    def conditions(self) -> Iterable[Condition]:
        """Every condition."""
        return [*self.skip.values(), *(event.when for event in self.events if event.when)]


def is_number(value: object) -> bool:
    """Whether a value of a condition, or a key of a map, asks for a number."""
    if isinstance(value, str):
        return value.startswith(COMPARISONS)
    return isinstance(value, int | float) and not isinstance(value, bool)
