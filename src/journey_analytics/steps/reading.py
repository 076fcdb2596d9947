"""From a file to typed rows with a verdict each: documents, rows, fields, canonical texts, canonical types."""

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import polars as pl
from polars.selectors import by_name

from journey_analytics.contracts import EVENTS
from journey_analytics.errors import SourceFailure, did_you_mean
from journey_analytics.sources.documents import Layout, read_documents
from journey_analytics.sources.lines import Batch
from journey_analytics.sources.source import BOOKKEEPING, Shape, Target
from journey_analytics.steps.field_watch import FieldWatch, field_rules
from journey_analytics.transform.canonical import judge, to_canonical
from journey_analytics.transform.times import iso_text
from journey_analytics.warehouse.connection import Connection
from journey_analytics.warehouse.embedded_json import open_texts
from journey_analytics.warehouse.json_lists import open_lists
from journey_analytics.warehouse.json_paths import path_of
from journey_analytics.warehouse.json_rows import read_fields
from journey_analytics.warehouse.unfolding import MalformedJson, RowPattern, malformed_told, unfold

_SEPARATORS = (";", "\t", "|", ",")
_VERDICTS = ("line", "item", "raw", "verdict", "rule", "reason")
_EVENT = ("key", "content", "partition_version", *(name for name in EVENTS.column_names if name != "source"))
_NO_PARTITION = ("partition", pl.col("partition").is_null(), "the row does not say which part of the export it is of")


@dataclass(frozen=True)
class ReadRows:
    """Some rows of a file, of one shape.

    Attributes:
        shape: Their shape; None for rows of no known shape.
        accepted: Rows without a verdict, with the columns of their target.
        refused: ``line``, ``item``, ``raw``, ``verdict``, ``rule`` and ``reason`` of the others.
        fields: The fields that all of them have: ``path``, ``rows_count``, ``use``; none of rows of no known shape.
    """

    shape: Shape | None
    accepted: pl.DataFrame
    refused: pl.DataFrame
    fields: pl.DataFrame = field(default_factory=pl.DataFrame)


def read_rows(
    connection: Connection,
    path: Path,
    shapes: Sequence[Shape],
    layout: Layout = Layout(),
    shown_path: str | None = None,
    watch: FieldWatch | None = None,
) -> Generator[ReadRows]:
    """Read a file in batches.

    Args:
        connection: Any connection.
        path: The file.
        shapes: The shapes of its source.
        layout: How the source's delimited files are laid out.
        shown_path: The path relative to the project, for sources to which it means something.
        watch: What the source promises of its fields, and what is remembered of them from file to file.

    Raises:
        SourceFailure: The file as a whole cannot be read, or a table lacks a column that every shape needs.
    """
    watch, shown = watch or FieldWatch(), PurePath(shown_path or path.name)
    for batch in read_batches(path, shapes, layout, shown):
        yield from rows_of_batch(connection, batch, shapes, pl.lit(shown.as_posix()), watch)


def read_batches(path: Path, shapes: Sequence[Shape], layout: Layout, shown: PurePath) -> Generator[Batch]:
    """The documents of a file, of which a table has the columns that its source needs; raises as ``read_rows``."""
    for batch in read_documents(path, layout):
        if batch.columns is not None:
            _check_columns(shown.name, batch.columns, shapes)
        yield batch


def rows_of_batch(
    connection: Connection, batch: Batch, shapes: Sequence[Shape], path: pl.Expr, watch: FieldWatch
) -> list[ReadRows]:
    """The rows of some documents, by shape; ``path`` is that of the file that a ``line`` is of."""
    try:
        with malformed_told():
            return _read_batch(connection, batch, shapes, path, watch, trusting=True)
    except MalformedJson:  # rare, and to look for it beforehand would cost as much as to read
        return _read_batch(connection, batch, shapes, path, watch, trusting=False)


def _read_batch(
    connection: Connection, batch: Batch, shapes: Sequence[Shape], path: pl.Expr, watch: FieldWatch, *, trusting: bool
) -> list[ReadRows]:
    patterns = [_pattern(shape, batch.columns) for shape in shapes]
    rows = unfold(connection, batch.documents, patterns, trusting=trusting)
    read: list[ReadRows] = []
    unknown = rows.filter(pl.col("shape").is_null())
    if unknown.height:
        refused = unknown.with_columns(verdict=pl.lit("rejected")).select(_VERDICTS)
        read.append(ReadRows(None, pl.DataFrame(), refused))
    for shape in shapes:
        found = rows.filter(pl.col("shape") == shape.name)
        if found.height:
            read.append(_read_shape(connection, found, shape, path, batch.columns, watch))
    return read


def _pattern(shape: Shape, columns: Sequence[str] | None) -> RowPattern:
    envelope, child = (*shape.unfold, "", "")[:2]
    when = path_of(shape.when, columns) if shape.when else ()
    return RowPattern(
        shape.name, when, path_of(envelope) if envelope else (), path_of(child) if child else (), shape.beside
    )


def _read_shape(
    connection: Connection,
    rows: pl.DataFrame,
    shape: Shape,
    path: pl.Expr,
    table_columns: Sequence[str] | None,
    watch: FieldWatch,
) -> ReadRows:
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
    placed = fields.with_columns(file_name=path.str.extract("([^/]*)$"), file_path=path, **wrong)
    canonical = shape.read(_judge_types(placed.lazy(), shape))
    if shape.by_partition:
        canonical = judge(canonical, rejects=[_NO_PARTITION])
    said = [name for name in canonical.collect_schema().names() if name not in BOOKKEEPING]
    if shape.is_event and not shape.makes_several:
        canonical = to_canonical(canonical, shape.occurred, shape.received, _zones(canonical, shape))
    if not shape.by_content:
        canonical = _require_key(canonical, shape)
    if shape.target is Target.EVENTS:
        canonical = canonical.select(by_name(*_VERDICTS, *_EVENT, require_all=False))
    result = canonical.collect(engine="in-memory")  # streaming needs longer to set up than this to be done
    accepted = result.drop("raw", "verdict", "rule", "reason").filter(result["verdict"].is_null())
    if shape.target is Target.ROWS:
        kept = [*said, "time_precision", "time_zone"] if shape.is_event and not shape.makes_several else said
        accepted = _as_kept_rows(accepted, shape, list(dict.fromkeys(kept)))
    return ReadRows(shape, accepted, result.filter(pl.col("verdict").is_not_null()).select(_VERDICTS), found)


def _judge_types(rows: pl.LazyFrame, shape: Shape) -> pl.LazyFrame:
    """Reject rows with an object where a text should be, or the other way round."""
    plain = pl.concat_str(
        [pl.when(~pl.col(name).str.contains(r"^[{\[]")).then(pl.lit(name)) for name in shape.nested] or [pl.lit("")],
        separator=", ",
        ignore_nulls=True,
    )
    rejects: list[tuple[str, pl.Expr, pl.Expr | str]] = [
        (
            "type",
            pl.col("nested").is_not_null(),
            pl.format("expected a text or a number in {}, found an object or a list", "nested"),
        ),
        ("type", plain != "", pl.format("expected an object or a list in {}, found a text or a number", plain)),
    ]
    rejects += field_rules(rows)
    if shape.embedded:
        unopened = pl.col("unopened")
        rejects.insert(0, ("json", unopened.is_not_null(), pl.format("the text in {} is not a JSON object", unopened)))
    return judge(rows, rejects=rejects)


def _zones(rows: pl.LazyFrame, shape: Shape) -> list[str]:
    """The zones that occur; asked for only where days are converted zone by zone."""
    if shape.occurred.unit != "day" or "time_zone" not in rows.collect_schema():
        return []
    valid = rows.filter(pl.col("verdict").is_null()).select(pl.col("time_zone").drop_nulls().unique())
    return valid.collect().to_series().sort().to_list()


def _require_key(rows: pl.LazyFrame, shape: Shape) -> pl.LazyFrame:
    """No row gets in without something that tells it apart."""
    match shape.target:
        case Target.EVENTS:
            missing = pl.col("event_id").is_null() & pl.col("key").is_null()
        case Target.ROWS:
            missing = pl.col("row_key").is_null()
        case Target.AD_COSTS:
            return rows
    return judge(rows, rejects=[("key", missing, "the row has nothing that tells it apart from others")])


def _as_kept_rows(rows: pl.DataFrame, shape: Shape, columns: Sequence[str]) -> pl.DataFrame:
    """Rows as ``staging.source_rows`` keeps them: what the source said of each, as texts in one JSON object."""
    texts = [
        iso_text(pl.col(name)).alias(name)
        if isinstance(rows.schema[name], pl.Datetime)
        else pl.col(name)
        if rows.schema[name].is_nested()
        else pl.col(name).cast(pl.String)
        for name in columns
    ]
    apart = ("version", "partition", "partition_version", "content")
    kept = ["line", "item", "row_key", *(name for name in apart if name in rows.columns)]
    return rows.select(
        *kept,
        row_kind=pl.lit(shape.name),
        fields=pl.struct(texts).struct.json_encode(),
    )


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
