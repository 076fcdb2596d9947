"""What a source is: the shapes of its rows, and one pure function per shape that says what they mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import polars as pl
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from journey_analytics.transform.times import Clock, check_format


def _as_formats(value: object) -> object:
    return (value,) if isinstance(value, str) else value


TimeFormats = Annotated[tuple[Annotated[str, AfterValidator(check_format)], ...], BeforeValidator(_as_formats)]
"""strptime formats of the times of a source; one may be written without brackets."""


class Target(StrEnum):
    """Where the rows of a shape go."""

    EVENTS = "events"
    """A row makes one event, by itself."""
    ROWS = "rows"
    """Rows are kept; events are derived from all winning rows together (``Source.derive``)."""
    AD_COSTS = "ad_costs"
    """Restated daily figures; never touchpoints."""


class SourceOptions(BaseModel):
    """Base of the options that a source reads from its ``[[sources]]`` block.

    Attributes:
        separator: Character between the columns of its CSV files, such as ``;`` from a spreadsheet.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    separator: str = Field(default=",", min_length=1, max_length=1)


@dataclass(frozen=True)
class Shape:
    """One kind of row in a vendor's files.

    Attributes:
        name: What one row is, such as ``message``.
        fields: Name of each field that is read, and its dotted path in a JSON row or its column in a table.
        read: Texts of these fields (with ``properties`` and ``file_name``) to canonical texts and verdicts. Rows that
            land in ``rows`` also get ``row_key`` and, where newer rows replace older ones, ``version``.
        when: Path that only rows of this shape have; empty accepts any row.
        unfold: Nested arrays that hold the rows. The first is an envelope around plain rows (empty for none); the
            elements of a second one become rows ``{"parent": ..., "child": ...}``.
        nested: Fields that may hold an object or an array; a row where another field does is rejected.
        required: Fields whose columns a table must have.
        rest: Whether everything that is not a field is kept in ``properties``.
        drop: Paths left out of ``properties``: noise, and data that nobody needs, such as IP addresses.
        target: Where the rows go.
        is_event: Whether a row says what happened when; reference rows and costs do not.
        by_content: Whether rows without an id are told apart by their content.
        by_partition: Whether ``read`` gives a ``partition`` and its ``partition_version``: the newest export of a
            partition replaces the older ones as a whole.
        occurred: How ``occurred_at`` is written.
        received: How ``received_at`` is written.
    """

    name: str
    fields: Mapping[str, str]
    read: Callable[[pl.LazyFrame], pl.LazyFrame]
    when: str = ""
    unfold: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    rest: bool = True
    drop: tuple[str, ...] = ()
    target: Target = Target.EVENTS
    is_event: bool = True
    by_content: bool = False
    by_partition: bool = False
    occurred: Clock = Clock()
    received: Clock = Clock()


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
    """

    name: str
    shapes: Callable[[Any], Sequence[Shape]]
    options: type[SourceOptions] = SourceOptions
    derive: Callable[[Mapping[str, pl.LazyFrame], Any], Derived] | None = None
