"""What a source is: the shapes of its rows, and one pure function per shape that says what they mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

import polars as pl
from pydantic import AfterValidator, BeforeValidator, Field

from journey_analytics.config import Section
from journey_analytics.config.setting_values import as_texts
from journey_analytics.transform.times import Clock, check_format

TimeFormats = Annotated[
    tuple[Annotated[str, AfterValidator(check_format)], ...],
    BeforeValidator(as_texts),
    Field(description="text or list of texts"),
]
"""strptime formats of the times of a source; one may be written without brackets."""

BOOKKEEPING = (
    "line", "item", "raw", "row", "shape", "verdict", "rule", "reason", "content", "file_name", "file_path",
    "nested", "unopened", "unknown_field", "misplaced",
)  # fmt: skip
"""Columns that reading keeps beside the fields of a row."""


class Target(StrEnum):
    """Where the rows of a shape go."""

    EVENTS = "events"
    """A row makes one event, by itself."""
    ROWS = "rows"
    """Rows are kept; events are derived from all winning rows together (``Source.derive``)."""
    AD_COSTS = "ad_costs"
    """Restated daily figures; never touchpoints."""


class SourceOptions(Section):
    """Base of the options that a source reads from its ``[[sources]]`` block."""


@dataclass(frozen=True)
class Shape:
    """One kind of row in a vendor's files.

    Attributes:
        name: What one row is, such as ``message``.
        fields: Name of each field that is read (none of ``BOOKKEEPING``), and its dotted path in a JSON row or its
            column in a table.
        read: Texts of these fields, null where they are absent or empty (with ``properties``, ``file_name`` and
            ``file_path``), to canonical texts and verdicts. Rows that land in ``rows`` also get ``row_key`` and, where
            newer rows replace older ones, ``version``.
        when: Path that only rows of this shape have; empty accepts any row.
        unfold: Paths of what holds the rows. The first is an envelope around plain rows: an array of them, or one as
            an object (empty for none); the elements of a second one, an array, become rows
            ``{"parent": ..., "child": ...}``.
        beside: Whether an object that an earlier shape has taken is a row of this shape too: a conversation is an event
            itself, and so are its parts and its rating.
        pairs: Top-level lists of ``{key, value}`` (as in BigQuery's exports) that become plain objects first, so that
            a field is ``event_params.page_location``.
        plucked: Top-level lists of objects, and the one key of the objects that is kept, as a list of texts.
        nested: Fields that hold an object or an array. A row where one of them holds something else, or another
            field holds one, is rejected.
        embedded: Paths that hold an object or an array, in some files as JSON inside a text; the text is opened before
            anything else is read, and a row where it is no JSON is rejected.
        required: Fields whose columns a table must have.
        rest: Whether everything that is not a field is kept in ``properties``.
        flatten: Paths of objects whose entries stand in ``properties`` beside the rest, not below their own key.
        drop: Paths left out of ``properties``: noise, and data that nobody needs, such as IP addresses.
        target: Where the rows go.
        is_event: Whether a row says what happened when; reference rows and costs do not.
        makes_several: Whether a row may make several events; ``read`` then judges their times itself. For target
            ``rows``.
        by_content: Whether rows without an id are told apart by their content.
        by_partition: Whether ``read`` gives a ``partition`` and its ``partition_version``: the newest export of a
            partition replaces the older ones as a whole, and a key means something only within its partition. For
            targets ``events`` and ``rows``.
        by_file_name: Whether the name of a file means something to ``read``, such as a version: the same content under
            another name is then another file.
        occurred: How ``occurred_at`` is written.
        received: How ``received_at`` is written.
    """

    name: str
    fields: Mapping[str, str]
    read: Callable[[pl.LazyFrame], pl.LazyFrame]
    when: str = ""
    unfold: tuple[str, ...] = ()
    beside: bool = False
    pairs: tuple[str, ...] = ()
    plucked: Mapping[str, str] = field(default_factory=dict)
    nested: tuple[str, ...] = ()
    embedded: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    rest: bool = True
    flatten: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    target: Target = Target.EVENTS
    is_event: bool = True
    makes_several: bool = False
    by_content: bool = False
    by_partition: bool = False
    by_file_name: bool = False
    occurred: Clock = Clock()
    received: Clock = Clock()

    def __post_init__(self) -> None:
        """A field that took the name of a column of the reader would be lost without a word."""
        taken = [name for name in self.fields if name in BOOKKEEPING]
        if taken:
            raise ValueError(f"shape '{self.name}': a field cannot be called '{taken[0]}'")


@dataclass(frozen=True)
class Derived:
    """What winning rows mean together: canonical texts of events, and links between identifiers."""

    events: pl.LazyFrame
    links: pl.LazyFrame | None = None


@dataclass(frozen=True)
class Source:
    """A vendor format.

    Attributes:
        name: Its ``type`` in journey.toml.
        shapes: The shapes of its rows, given the options of a ``[[sources]]`` block.
        options: The options that such a block may set.
        derive: For shapes that land in ``rows``: the events that follow from the winning rows, by shape name.
        header: Columns of tab-separated files that come without a header line.
    """

    name: str
    shapes: Callable[[Any], Sequence[Shape]]
    options: type[SourceOptions] = SourceOptions
    derive: Callable[[Mapping[str, pl.LazyFrame], Any], Derived] | None = None
    header: tuple[str, ...] = ()
