"""What a page is: which tables it needs, which question it answers, and a pure function that draws it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from journey_analytics.reports.theme import Look

Tables = Mapping[str, pl.DataFrame]
"""Tables of the published file by name, such as ``marts.stage_funnel``."""


@dataclass(frozen=True)
class TableTwin:
    """The numbers of a figure as a table, for reading, for screen readers and for download.

    Attributes:
        name: File name of the CSV.
        caption: What the rows are.
        headers: Headings of the columns, in words.
        rows: Cells as shown.
        data: The same unformatted.
        sql: Query of the published file that gives ``data``.
        text_columns: How many columns from the left are names, not numbers.
        is_wrapping: Whether the third column holds sentences, which may break into lines.
    """

    name: str
    caption: str
    headers: list[str]
    rows: list[list[str]]
    data: pl.DataFrame
    sql: str
    text_columns: int = 1
    is_wrapping: bool = False


@dataclass(frozen=True)
class Figure:
    """A picture in every look, with the sentence that says what it shows."""

    name: str
    sentence: str
    looks: dict[str, dict[str, object]]
    min_width: int = 0


@dataclass(frozen=True)
class Card:
    """A finding, or a headline number with what it means."""

    title: str
    text: str
    kind: str = "plain"
    number: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a page: a heading, then sentences, cards, a figure and its table; whatever there is."""

    title: str
    sentences: list[str] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    figure: Figure | None = None
    tables: list[TableTwin] = field(default_factory=list)
    how: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """A page of the site.

    Attributes:
        name: File name, without the ending.
        title: In the navigation and at the top.
        question: What a reader wants to know.
        needs: Tables of the published file.
        draw: These tables to the sections of the page. Works for empty and tiny tables too.
        position: Place in the navigation.
    """

    name: str
    title: str
    question: str
    needs: tuple[str, ...]
    draw: Callable[[Tables], list[Section]]
    position: int


def figure_looks(draw: Callable[[Look], dict[str, object]]) -> dict[str, dict[str, object]]:
    """Draw a figure in every look."""
    return {look.name: draw(look) for look in Look.all()}
