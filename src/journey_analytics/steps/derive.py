"""Events that follow from several rows together: the lines of an invoice, a ticket with its requester."""

from dataclasses import dataclass

import polars as pl

from journey_analytics.contracts import IDENTIFIER_LIST, REFERENCE_LINKS
from journey_analytics.reports.words import plural
from journey_analytics.sources.source import Shape, Target
from journey_analytics.steps.configured_sources import ConfiguredSource
from journey_analytics.transform.canonical import to_canonical
from journey_analytics.transform.times import Clock
from journey_analytics.warehouse.connection import Connection
from journey_analytics.warehouse.json_rows import keys_of, read_fields
from journey_analytics.warehouse.staging import kept_rows

_TYPED = ("row_key", "is_machine", "vendor_ids")


@dataclass(frozen=True)
class DerivedFrames:
    """Typed events and links of a source that keeps its rows, and what could not be made of them."""

    events: pl.DataFrame
    links: pl.DataFrame
    warnings: list[str]


def derive_events(connection: Connection, source: ConfiguredSource) -> DerivedFrames:
    """Derive all events of a source anew from its winning rows.

    Rows were checked when they were read; what can still go wrong is a sum that grows too large.
    """
    shapes = [shape for shape in source.shapes() if shape.target is Target.ROWS]
    rows = {shape.name: _rows_of(connection, source.name, shape) for shape in shapes}
    derived = source.derive(rows)
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


def _rows_of(connection: Connection, source: str, shape: Shape) -> pl.LazyFrame:
    """Winning rows of a shape, each of its fields as text again."""
    kept = kept_rows(connection, source, shape.name)
    names = dict.fromkeys([*shape.fields, *keys_of(connection, kept), *_TYPED])
    fields = read_fields(connection, kept, {name: (name,) for name in names}, None, find_nested=False)
    return fields.with_columns(
        is_machine=pl.col("is_machine") == "true",
        vendor_ids=pl.col("vendor_ids").str.json_decode(IDENTIFIER_LIST),
    ).lazy()
