"""Any CSV, TSV, NDJSON, JSON or Parquet file, by a mapping of its columns to canonical events in journey.toml.

``key`` names the columns that tell rows apart (a repeat of the key is the same event delivered twice), or is
``"content"``: rows are then told apart by all they say, and equal rows within one file stay apart. ``group_by`` makes
one event of several rows, as of the lines of an invoice: the value is their sum, the time the earliest; of anything
else that differs inside a group, the least value stands. Lines of different event types make events of their own.

``version`` says which of several rows of a key stands: the one with the greatest. Where a table is exported anew part
by part, ``snapshot`` names the column that tells the part, such as a day: the newest version of a part then replaces
the older ones as a whole, with all rows that it no longer has. A key means something only within its part.
"""

from collections.abc import Callable, Mapping
from functools import reduce

import polars as pl

from journey_analytics.sources.source import Derived, Shape, Source, Target
from journey_analytics.sources.table_options import FieldMapping, TableOptions, VersionMapping
from journey_analytics.sources.versions import no_version_in_name, version_in_name
from journey_analytics.transform.canonical import Verdict, joined_key, judge, snake_case, vendor_ids
from journey_analytics.transform.landing import read_landing
from journey_analytics.transform.times import Clock, version_text

_SUMMED = ("value",)
_EXPORT = ("partition", "partition_version")
_COMPARISONS: dict[str, Callable[[pl.Expr, float], pl.Expr]] = {
    "<=": lambda number, limit: number <= limit,
    ">=": lambda number, limit: number >= limit,
    "<": lambda number, limit: number < limit,
    ">": lambda number, limit: number > limit,
}


def shapes(options: TableOptions) -> list[Shape]:
    """The one shape: a row, with the columns that the mapping names."""
    columns = options.columns()
    return [
        Shape(
            "row",
            {_field(column): column for column in columns},
            lambda rows: _read(rows, options),
            required=tuple(_field(column) for column in columns),
            target=Target.ROWS if options.group_by else Target.EVENTS,
            by_content=options.key == "content",
            by_partition=options.snapshot is not None,
            by_file_name=options.version is not None and options.version.file_name is not None,
            occurred=options.time.clock(),
            received=options.received.clock() if options.received else Clock(),
        )
    ]


def _read(rows: pl.LazyFrame, options: TableOptions) -> pl.LazyFrame:
    present = [_field(column) for column in options.columns()]
    missing = list(dict.fromkeys(["", *options.missing]))
    rows = rows.with_columns(pl.col(present).str.strip_chars().replace(missing, None))
    if options.decimal == ",":
        rows = rows.with_columns(_with_point(pl.col(_field(column))) for column in options.number_columns())
    mapped = {name: _mapped(mapping) for name, mapping in options.fields.items()}
    event_type, event_name = mapped.get("event_type"), mapped.get("event_name")
    happened = event_type if event_type is not None else event_name
    nothing = pl.lit(None, pl.String)
    key = nothing if options.key == "content" else joined_key(*(_column(column) for column in options.key))
    columns: dict[str, pl.Expr | None] = mapped | {
        "occurred_at": _column(options.time.column),
        "received_at": _column(options.received.column) if options.received else nothing,
        "version": nothing if options.snapshot else _version(options.version),
        "partition": _column(options.snapshot) if options.snapshot else nothing,
        "partition_version": _version(options.version) if options.snapshot else nothing,
        "source_order": _column(options.order) if options.order else nothing,
        "channel": mapped.get("channel", pl.lit(options.channel.value)),
        "actor": mapped.get("actor", pl.lit(options.actor.value)),
        "event_type": snake_case(happened) if happened is not None else None,
        "event_name": event_name if event_name is not None else happened,
        "vendor_ids": _vendor_ids(options.ids),
        "key": key,
        "row_key": key,
    }
    canonical = rows.with_columns(**columns)
    judged = judge(canonical, rejects=[*_missing_versions(options), *_missing_keys(options)])
    landed = read_landing(judged) if "page_url" in options.fields else judged
    if options.group_by:
        landed = landed.with_columns(group=joined_key(*_group_columns(options)))
    return landed.drop(present)


def _version(version: VersionMapping | None) -> pl.Expr:
    if version is None:
        return pl.lit(None, pl.String)
    if version.file_name is not None:
        return version_in_name(version.file_name)
    return version_text(pl.lit(version.constant) if version.column is None else _column(version.column))


def _missing_versions(options: TableOptions) -> list[Verdict]:
    """Without a version nothing tells which export a row is of, so that it could not be replaced by a newer one."""
    version = options.version
    if version is not None and version.file_name is not None:
        return [no_version_in_name(version.file_name)]
    if version is not None and version.column is not None and options.snapshot:
        return [("version", _column(version.column).is_null(), f"no value in {version.column}")]
    return []


def _missing_keys(options: TableOptions) -> list[tuple[str, pl.Expr, str]]:
    if options.key == "content":
        return []
    nothing = reduce(lambda all_null, column: all_null & _column(column).is_null(), options.key, pl.lit(value=True))
    return [("key", nothing, f"no value in {', '.join(options.key)}")]


def _derive(rows: Mapping[str, pl.LazyFrame], _options: TableOptions) -> Derived:
    """One event per group."""
    found = rows["row"]
    present = found.collect_schema().names()
    found = found.with_columns(
        pl.lit(None, pl.String).alias(name) for name in ("group", "value") if name not in present
    )
    apart = ("group", "row_key", "key", "event_id", "properties", *_EXPORT, *_SUMMED)
    others = [name for name in found.collect_schema().names() if name not in apart]
    value = pl.col("value").cast(pl.Decimal(38, 6))
    events = found.group_by("group").agg(
        pl.col(others).exclude("vendor_ids").min(),
        pl.col("vendor_ids").drop_nulls().first() if "vendor_ids" in others else pl.lit(None).alias("vendor_ids"),
        pl.when(value.is_not_null().any()).then(value.sum()).cast(pl.String).alias("value"),
        properties=pl.struct(rows_count=pl.len()).struct.json_encode(),
    )
    return Derived(events.rename({"group": "key"}))


def _group_columns(options: TableOptions) -> list[pl.Expr]:
    named = [pl.col(name) if name in options.canonical_names() else _column(name) for name in options.group_by]
    return named if "event_type" in options.group_by else [*named, pl.col("event_type")]


def _with_point(text: pl.Expr) -> pl.Expr:
    """``1.234,50`` as ``1234.50``; what is not written so is marked, so that it is rejected and not misread."""
    plain = text.str.replace_all(r"[.\s']", "").str.replace(",", ".", literal=True)
    return (
        pl.when(text.str.contains(r"^[+-]?\d{1,3}(?:[.\s']?\d{3})*(?:,\d+)?$"))
        .then(plain)
        .otherwise(pl.format("{} (with a decimal comma)", text))
    )


def _mapped(mapping: FieldMapping) -> pl.Expr:
    """Text of a canonical field."""
    if mapping.constant is not None:
        return pl.lit(mapping.constant)
    if mapping.product:
        factors = [_column(column).cast(pl.Decimal(18, 6), strict=False) for column in mapping.product]
        product = reduce(lambda left, right: left * right, factors)
        # A factor that is no number must not vanish: the text is kept, and the row is rejected with it.
        broken = [
            pl.when(factor.is_null()).then(_column(c)) for c, factor in zip(mapping.product, factors, strict=True)
        ]
        return pl.coalesce(product.cast(pl.String), *broken)
    text = _column(str(mapping.column))
    if not mapping.map:
        return text if mapping.otherwise is None else text.fill_null(mapping.otherwise)
    result = pl.lit(mapping.otherwise) if mapping.otherwise is not None else text
    for found, meaning in reversed(mapping.map.items()):
        result = pl.when(_matches(text, found)).then(pl.lit(meaning)).otherwise(result)
    return result


def _matches(text: pl.Expr, found: str) -> pl.Expr:
    """A map's key is a value, or a comparison such as ``< 0``."""
    operator, _, limit = found.partition(" ")
    if operator in _COMPARISONS:
        return _COMPARISONS[operator](text.cast(pl.Float64, strict=False), float(limit)).fill_null(value=False)
    return (text == found).fill_null(value=False)


def _vendor_ids(ids: Mapping[str, str]) -> pl.Expr:
    lists = [vendor_ids(kind, _column(column)).fill_null([]) for kind, column in sorted(ids.items())]
    if not lists:
        return pl.lit(None)
    together = pl.concat_list(lists)
    return pl.when(together.list.len() > 0).then(together)


def _field(column: str) -> str:
    return f"column {column}"


def _column(name: str) -> pl.Expr:
    return pl.col(_field(name))


SOURCE = Source("table", shapes, TableOptions, _derive)
