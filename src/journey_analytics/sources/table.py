"""Any CSV, TSV, NDJSON, JSON or Parquet file, by a mapping of its columns to canonical events in journey.toml.

``key`` names the columns that tell rows apart (a repeat of the key is the same event delivered twice), or is
``"content"``: rows are then told apart by all they say, and equal rows within one file stay apart. ``group_by`` makes
one event of several rows, as of the lines of an invoice: the value is their sum, the time the earliest; of anything
else that differs inside a group, the least value stands. Lines of different event types make events of their own.

``version`` says which of several rows of a key stands: the one with the greatest. Where a table is exported anew part
by part, ``snapshot`` names the column that tells the part, such as a day: the newest version of a part then replaces
the older ones as a whole, with all rows that it no longer has. A key means something only within its part.

``[[sources.events]]`` makes several events of a row, as of a subscription with the times of its start, renewal and end:
each has its own time, and may have a condition and fields of its own. An event without a time is not made; a row that
makes none at all is rejected. With a ``version`` the newest row of a key counts, and what it no longer says is taken
back. ``rows`` and ``each`` find rows inside JSON documents. ``skip`` names rows that are no events.

What counts as an interaction follows from ``actor``, ``is_machine`` and the event type: map ``actor`` to ``system`` for
what a server did, and ``is_machine`` for bots.
"""

from collections.abc import Mapping
from functools import reduce

import polars as pl

from journey_analytics.sources.source import Derived, Shape, Source, Target
from journey_analytics.sources.table_columns import changed_types, column_of, field_of, holds, meant_texts
from journey_analytics.sources.table_events import events_of_rows, judge_events, with_event
from journey_analytics.sources.table_mappings import VersionMapping
from journey_analytics.sources.table_options import TableOptions
from journey_analytics.sources.versions import no_version_in_name, version_in_name
from journey_analytics.transform.canonical import Verdict, joined_key, judge
from journey_analytics.transform.times import Clock, version_text

_SUMMED = ("value",)
_EXPORT = ("partition", "partition_version")
_PARENT = "parent."


def shapes(options: TableOptions) -> list[Shape]:
    """The one shape: a row, with the columns that the mapping names."""
    columns = options.columns()
    is_nested = bool(options.rows or options.each)
    return [
        Shape(
            "row",
            {field_of(column): _path(column, options) for column in columns},
            lambda rows: _read(rows, options),
            unfold=tuple(path for path in (options.rows or "", options.each) if path is not None) if is_nested else (),
            required=() if is_nested else tuple(field_of(column) for column in columns),
            target=Target.ROWS if options.group_by or options.events else Target.EVENTS,
            makes_several=bool(options.events),
            by_content=options.key == "content",
            by_partition=options.snapshot is not None,
            by_file_name=options.version is not None and options.version.file_name is not None,
            occurred=options.time.clock() if options.time else Clock(),
            received=options.received.clock() if options.received else Clock(),
        )
    ]


def _path(column: str, options: TableOptions) -> str:
    """Where a column stands: of rows that are elements of a list, in the element or in the row around it."""
    return column if options.each is None or column.startswith(_PARENT) else f"child.{column}"


def _read(rows: pl.LazyFrame, options: TableOptions) -> pl.LazyFrame:
    nothing = pl.lit(None, pl.String)
    key = nothing if options.key == "content" else joined_key(*(column_of(column) for column in options.key))
    judged = judge(
        meant_texts(rows, options),
        skips=[(name, holds(condition), "left out by the settings") for name, condition in options.skip.items()],
        rejects=[*_missing_versions(options), *_missing_keys(options), *changed_types(options)],
    ).with_columns(
        version=nothing if options.snapshot else _version(options.version),
        partition=column_of(options.snapshot) if options.snapshot else nothing,
        partition_version=_version(options.version) if options.snapshot else nothing,
        key=key,
        row_key=key,
    )
    if options.events:
        return judge_events(judged, options)
    time = str(options.time.column) if options.time else ""
    events = with_event(judged.with_columns(occurred_at=column_of(time)), options, options.fields)
    if options.group_by:
        events = events.with_columns(group=joined_key(*_group_columns(options)))
    return events.drop(field_of(column) for column in options.columns())


def _version(version: VersionMapping | None) -> pl.Expr:
    if version is None:
        return pl.lit(None, pl.String)
    if version.file_name is not None:
        return version_in_name(version.file_name)
    return version_text(pl.lit(version.constant) if version.column is None else column_of(version.column))


def _missing_versions(options: TableOptions) -> list[Verdict]:
    """Without a version nothing tells which export a row is of, so that it could not be replaced by a newer one."""
    version = options.version
    if version is not None and version.file_name is not None:
        return [no_version_in_name(version.file_name)]
    if version is not None and version.column is not None and options.snapshot:
        return [("version", column_of(version.column).is_null(), f"no value in {version.column}")]
    return []


def _missing_keys(options: TableOptions) -> list[Verdict]:
    if options.key == "content":
        return []
    nothing = reduce(lambda all_null, column: all_null & column_of(column).is_null(), options.key, pl.lit(value=True))
    return [("key", nothing, f"no value in {', '.join(options.key)}")]


def _derive(rows: Mapping[str, pl.LazyFrame], options: TableOptions) -> Derived:
    """Several events per row, or one per group."""
    return Derived(events_of_rows(rows["row"], options) if options.events else _events_of_groups(rows["row"]))


def _events_of_groups(found: pl.LazyFrame) -> pl.LazyFrame:
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
    return events.rename({"group": "key"})


def _group_columns(options: TableOptions) -> list[pl.Expr]:
    named = [pl.col(name) if name in options.canonical_names() else column_of(name) for name in options.group_by]
    return named if "event_type" in options.group_by else [*named, pl.col("event_type")]


SOURCE = Source("table", shapes, TableOptions, _derive)
