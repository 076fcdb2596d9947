"""From a file to typed rows with a verdict each: parsed rows, canonical texts, canonical types."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import polars as pl
from polars.selectors import by_name

from journey_analytics.contracts import EVENTS
from journey_analytics.sources.documents import Layout
from journey_analytics.sources.read_ahead import read_ahead
from journey_analytics.sources.source import BOOKKEEPING, Shape, Target
from journey_analytics.steps.field_watch import FieldWatch, field_rules
from journey_analytics.steps.parsing import ParsedRows, parse_batches, read_batches
from journey_analytics.transform.canonical import judge, to_canonical
from journey_analytics.transform.times import iso_text
from journey_analytics.warehouse.connection import Connection

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
    batches = read_batches(path, shapes, layout, shown)
    for parts in read_ahead(parse_batches(connection, batches, shapes, watch)):
        for parsed in parts:
            yield rows_of(parsed, pl.lit(shown.as_posix()))


def rows_of(parsed: ParsedRows, path: pl.Expr) -> ReadRows:
    """Type and judge rows.

    Args:
        parsed: The rows.
        path: Path of the file that a ``line`` is of.
    """
    shape = parsed.shape
    if shape is None:
        refused = parsed.rows.with_columns(verdict=pl.lit("rejected")).select(_VERDICTS)
        return ReadRows(None, pl.DataFrame(), refused)
    placed = parsed.rows.with_columns(file_name=path.str.extract("([^/]*)$"), file_path=path)
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
    return ReadRows(shape, accepted, result.filter(pl.col("verdict").is_not_null()).select(_VERDICTS), parsed.fields)


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
