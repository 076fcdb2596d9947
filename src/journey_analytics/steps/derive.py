"""Events that follow from rows that are kept: the lines of an invoice, a ticket with its requester, a subscription."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from journey_analytics.contracts import IDENTIFIER_LIST, REFERENCE_LINKS
from journey_analytics.readable import plural
from journey_analytics.sources.source import Shape, Target
from journey_analytics.steps.configured_sources import ConfiguredSource
from journey_analytics.transform.canonical import to_canonical
from journey_analytics.transform.times import Clock
from journey_analytics.warehouse import staging
from journey_analytics.warehouse.connection import Connection
from journey_analytics.warehouse.json_rows import keys_of, read_fields

ROWS_PER_PART = 50_000
"""Rows that are held in memory at a time, where each makes its events by itself."""

_TYPED = ("is_machine", "vendor_ids")


@dataclass(frozen=True)
class DerivedFrames:
    """Typed events and links of rows that are kept, and what could not be made of them."""

    events: pl.DataFrame
    links: pl.DataFrame
    warnings: list[str]


def replace_derived(
    connection: Connection, source: ConfiguredSource, rows_per_part: int = ROWS_PER_PART
) -> tuple[int, list[str]]:
    """Derive all events and links of a source anew from its winning rows, and put them in the place of the old ones.

    Args:
        connection: The pipeline's own database.
        source: The source.
        rows_per_part: How many rows are derived at a time, where each makes its events by itself.

    Returns:
        The number of events, and warnings.
    """
    links: list[pl.DataFrame] = []
    warnings: list[str] = []

    def events() -> Iterator[pl.DataFrame]:
        for part in _parts(connection, source, rows_per_part):
            links.append(part.links)
            warnings.extend(part.warnings)
            yield part.events

    count = staging.replace_events(connection, source.name, events())
    staging.replace_links(connection, source.name, pl.concat(links))
    return count, list(dict.fromkeys(warnings))


def _parts(connection: Connection, source: ConfiguredSource, rows_per_part: int) -> Iterator[DerivedFrames]:
    shapes = [shape for shape in source.shapes() if shape.target is Target.ROWS]
    if not all(shape.makes_several for shape in shapes):
        kept = {shape.name: staging.kept_rows(connection, source.name, shape.name) for shape in shapes}
        yield _derived(connection, source, shapes, kept)
        return
    for shape in shapes:
        after: str | None = ""
        while after is not None:
            rows = staging.kept_rows(connection, source.name, shape.name, after, rows_per_part)
            yield _derived(connection, source, [shape], {shape.name: rows})
            after = rows["row_key"][-1] if rows.height == rows_per_part else None


def _derived(
    connection: Connection, source: ConfiguredSource, shapes: list[Shape], kept: dict[str, pl.DataFrame]
) -> DerivedFrames:
    """Rows were checked when they were read; what can still go wrong is a sum that grows too large."""
    derived = source.derive({shape.name: _fields_of(connection, kept[shape.name], shape) for shape in shapes})
    events = to_canonical(derived.events, Clock(), Clock()).collect()
    refused = events.filter(pl.col("verdict").is_not_null())
    events = events.filter(pl.col("verdict").is_null())
    warnings = [
        f"{source.name}: {plural(count, 'event')} left out, because the {rule} cannot be kept; the first: {reason}"
        for rule, count, reason in refused.group_by("rule").agg(pl.len(), pl.col("reason").min()).sort("rule").rows()
    ]
    if derived.links is None:
        return DerivedFrames(events, REFERENCE_LINKS.empty().drop("source"), warnings)
    tidy = derived.links.with_columns(email=pl.col("email").str.strip_chars().str.to_lowercase().replace("", None))
    return DerivedFrames(events, tidy.collect(), warnings)


def _fields_of(connection: Connection, kept: pl.DataFrame, shape: Shape) -> pl.LazyFrame:
    """Winning rows of a shape, each of its fields as text again."""
    names = dict.fromkeys(name for name in (*shape.fields, *keys_of(connection, kept), *_TYPED) if name != "row_key")
    fields = read_fields(connection, kept, {name: (name,) for name in names}, None, find_nested=False)
    return fields.with_columns(
        is_machine=pl.col("is_machine") == "true",
        vendor_ids=pl.col("vendor_ids").str.json_decode(IDENTIFIER_LIST),
    ).lazy()
