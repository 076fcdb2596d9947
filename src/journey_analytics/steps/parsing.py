"""From a file to rows with their fields as texts: documents, rows by shape, fields."""

import json
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import polars as pl

from journey_analytics.errors import SourceFailure, did_you_mean
from journey_analytics.sources.documents import Layout, read_documents
from journey_analytics.sources.lines import Batch
from journey_analytics.sources.source import Shape
from journey_analytics.steps.field_watch import FieldWatch
from journey_analytics.warehouse.connection import Connection
from journey_analytics.warehouse.embedded_json import open_texts
from journey_analytics.warehouse.json_lists import open_lists
from journey_analytics.warehouse.json_paths import path_of
from journey_analytics.warehouse.json_rows import read_fields
from journey_analytics.warehouse.unfolding import MalformedJson, RowPattern, malformed_told, unfold

_SEPARATORS = (";", "\t", "|", ",")


@dataclass(frozen=True)
class ParsedRows:
    """Some rows of a batch, of one shape.

    Attributes:
        shape: Their shape; None for rows of no known shape.
        rows: ``line``, ``item``, ``raw`` and their fields as texts; of no known shape, ``rule`` and ``reason``.
        fields: The fields that all of them have: ``path``, ``rows_count``, ``use``; none of rows of no known shape.
    """

    shape: Shape | None
    rows: pl.DataFrame
    fields: pl.DataFrame = field(default_factory=pl.DataFrame)


def read_batches(path: Path, shapes: Sequence[Shape], layout: Layout, shown: PurePath) -> Generator[Batch]:
    """The documents of a file, of which a table has the columns that its source needs.

    Raises:
        SourceFailure: The file as a whole cannot be read, or a table lacks a column that every shape needs.
    """
    for batch in read_documents(path, layout):
        if batch.columns is not None:
            _check_columns(shown.name, batch.columns, shapes)
        yield batch


def parse_batches(
    connection: Connection, batches: Iterable[Batch], shapes: Sequence[Shape], watch: FieldWatch
) -> Generator[list[ParsedRows]]:
    """The rows of batch after batch, each by shape."""
    for batch in batches:
        yield parse(connection, batch, shapes, watch)


def parse(connection: Connection, batch: Batch, shapes: Sequence[Shape], watch: FieldWatch) -> list[ParsedRows]:
    """The rows of some documents, by shape.

    Args:
        connection: Any connection.
        batch: The documents.
        shapes: The shapes of their source.
        watch: What the source promises of its fields, and what is remembered of them.
    """
    try:
        with malformed_told():
            return _parse(connection, batch, shapes, watch, trusting=True)
    except MalformedJson:  # rare, and to look for it beforehand would cost as much as to read
        return _parse(connection, batch, shapes, watch, trusting=False)


def _parse(
    connection: Connection, batch: Batch, shapes: Sequence[Shape], watch: FieldWatch, *, trusting: bool
) -> list[ParsedRows]:
    patterns = [_pattern(shape, batch.columns) for shape in shapes]
    rows = unfold(connection, batch.documents, patterns, trusting=trusting)
    parsed: list[ParsedRows] = []
    unknown = rows.filter(pl.col("shape").is_null())
    if unknown.height:
        parsed.append(ParsedRows(None, unknown))
    for shape in shapes:
        found = rows.filter(pl.col("shape") == shape.name)
        if found.height:
            parsed.append(_parse_shape(connection, found, shape, batch.columns, watch))
    return parsed


def _pattern(shape: Shape, columns: Sequence[str] | None) -> RowPattern:
    envelope, child = (*shape.unfold, "", "")[:2]
    when = path_of(shape.when, columns) if shape.when else ()
    return RowPattern(
        shape.name, when, path_of(envelope) if envelope else (), path_of(child) if child else (), shape.beside
    )


def _parse_shape(
    connection: Connection, rows: pl.DataFrame, shape: Shape, table_columns: Sequence[str] | None, watch: FieldWatch
) -> ParsedRows:
    columns = ["line", "item", "raw", "row"]
    if shape.embedded:
        rows = open_texts(connection, rows, [path_of(path, table_columns) for path in shape.embedded])
        columns.append("unopened")
    if shape.by_content:
        rows = rows.with_columns(content="row")
        columns.append("content")
    paths = {name: path_of(path, table_columns) for name, path in shape.fields.items()}
    drop = [path_of(path, table_columns) for path in shape.drop] if shape.rest else None
    flatten = [path_of(path) for path in shape.flatten]
    opened = open_lists(connection, rows, shape.pairs, shape.plucked)
    found, wrong = watch.look(connection, rows, opened, shape, table_columns)
    keys = {path[0] for path in found["path"].to_list()}
    fields = read_fields(
        connection, rows.select(columns), paths, drop, flatten, nested=shape.nested, opened=opened, keys=keys
    )
    return ParsedRows(shape, fields.with_columns(**wrong), found)


def _check_columns(name: str, columns: tuple[str, ...], shapes: Sequence[Shape]) -> None:
    """A table must have the columns that at least one shape requires, and none twice of those that a shape reads."""
    read = {column for shape in shapes for column in shape.fields.values()}
    twice = sorted(column for column in read if columns.count(column) > 1)
    if twice:
        raise SourceFailure(f"{name}: has column '{twice[0]}' twice.", hint="Give one of them another name.")
    lacking = [
        [shape.fields[field] for field in shape.required if not _stands_in(shape.fields[field], columns)]
        for shape in shapes
        if shape.required
    ]
    if not lacking or not all(lacking):
        return
    missing = min(lacking, key=len)
    other = next((mark for mark in _SEPARATORS if len(columns) == 1 and mark in columns[0]), None)
    raise SourceFailure(
        f"{name}: column '{missing[0]}' is missing; found {', '.join(columns)}.",
        hint=f"The columns seem to be separated otherwise: separator = {json.dumps(other)} in its [[sources]] block."
        if other
        else did_you_mean(missing[0], columns),
    )


def _stands_in(column: str, columns: Sequence[str]) -> bool:
    """Whether a column is there, or the one in whose JSON a dotted path leads."""
    return column in columns or path_of(column)[0] in columns
