"""Fields of a source over time: what is new is told once, and everything is remembered by name."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from journey_analytics.config import Project
from journey_analytics.contracts import SOURCE_FIELDS
from journey_analytics.readable import plural
from journey_analytics.steps.configured_sources import configured_source
from journey_analytics.steps.contract import Use
from journey_analytics.transform.addresses import without_addresses
from journey_analytics.warehouse import source_fields
from journey_analytics.warehouse.connection import Connection, opened

MOST_FIELDS = 1_000
"""Fields of a source that are remembered; where keys are made of ids, their number has no end."""

_MOST_TOLD = 5
_FATES = {
    Use.KEPT: "kept in properties",
    Use.IGNORED: "left out, as of no use",
    Use.LEFT_OUT: "left out, as the source keeps only what it reads",
}


def fields_together(batches: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Fields of several batches or files as those of one: ``row_kind``, ``path``, ``use``, ``rows_count``.

    Of more than ``MOST_FIELDS``, those in the most rows are kept, and one more that shows that there were others.
    """
    together = (
        pl.concat(batches, how="diagonal")
        .group_by("row_kind", "path")
        .agg(pl.col("use").min(), pl.col("rows_count").sum())
    )
    if together.height <= MOST_FIELDS:
        return together
    return together.sort(["rows_count", "path"], descending=[True, False]).head(MOST_FIELDS + 1)


def note_fields(
    connection: Connection, source: str, run_id: str, found: pl.DataFrame, *, is_frozen: bool = False
) -> list[str]:
    """Remember the fields of a load.

    Args:
        connection: The pipeline's own database.
        source: Name of the source.
        run_id: The run.
        found: Fields of the load, as ``fields_together`` gives them.
        is_frozen: Whether rows with fields that are not known are rejected.

    Returns:
        Warnings: what is new, unless the source was never loaded before, and that there are too many to remember.
    """
    now = datetime.now(UTC)
    named = _named(found)
    known = source_fields.fields_of(connection, source)
    keys = ["row_kind", "field"]
    new = named.join(known, on=keys, how="anti").sort(keys)
    room = max(0, MOST_FIELDS - known.height)
    warnings = _told(source, new.head(room), is_frozen=is_frozen) if known.height else []
    if new.height > room and known.height < MOST_FIELDS:
        warnings.append(
            f"{source}: its rows have more than {MOST_FIELDS:,} different fields; ops.source_fields lists so many, and "
            "further ones are not told. Names made of ids or dates are better values."
        )
    seen = named.join(known, on=keys, how="semi").with_columns(last_run_id=pl.lit(run_id), last_seen_at=pl.lit(now))
    added = new.head(room).select(
        *keys,
        "use",
        source=pl.lit(source),
        first_run_id=pl.lit(run_id),
        first_seen_at=pl.lit(now),
        first_rows_count="rows_count",
        last_run_id=pl.lit(run_id),
        last_seen_at=pl.lit(now),
    )
    source_fields.record_fields(connection, source, added.select(SOURCE_FIELDS.column_names), seen)
    return warnings


def fields_of_source(project: Project, source: str) -> pl.DataFrame:
    """The rows of ``ops.source_fields`` of a source.

    Raises:
        UsageError: There is no such source, or there was no run yet.
        Unavailable: A run has the database open.
    """
    configured_source(project, source)
    with opened(project.state_database, read_only=True) as connection:
        return source_fields.fields_of(connection, source)


def known_fields_line(fields: pl.DataFrame) -> str:
    """The setting that lists what a source had so far and does not read, from rows of ``ops.source_fields``."""
    unread = fields.filter(pl.col("use").is_in([Use.KEPT, Use.LEFT_OUT]))["field"].unique().sort().to_list()
    listed = [name for name in unread if not any(name.startswith(f"{other}.") for other in unread)]
    return f"known_fields = {json.dumps(listed, ensure_ascii=False)}"


def _named(found: pl.DataFrame) -> pl.DataFrame:
    """Fields by name. Keys with dots are quoted as in settings; e-mail addresses in keys are nobody's business."""
    key = pl.element()
    quoted = pl.when(key.str.contains(".", literal=True)).then(pl.format('"{}"', key)).otherwise(key)
    name = without_addresses(pl.col("path").list.eval(quoted).list.join("."))
    counted = found.with_columns(field=name).group_by("row_kind", "field")
    return counted.agg(pl.col("use").min(), pl.col("rows_count").max())


def _told(source: str, new: pl.DataFrame, *, is_frozen: bool) -> list[str]:
    """One line on new fields that are not read; of an object that is new, what is inside is not told."""
    unread = new.filter(pl.col("use") != Use.READ).select("field", "use").unique(maintain_order=True)
    outer = [f"{name}." for name in unread["field"]]
    told = [(name, use) for name, use in unread.iter_rows() if not name.startswith(tuple(outer))]
    if not told:
        return []
    fates = [_fate(use, [name for name, found in told if found == use], is_frozen=is_frozen) for use in _FATES]
    return [f"{source}: {plural(len(told), 'new field')}: {'; '.join(fate for fate in fates if fate)}"]


def _fate(use: Use, names: Sequence[str], *, is_frozen: bool) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _MOST_TOLD} more" if len(names) > _MOST_TOLD else ""
    fate = "rows with it are rejected" if is_frozen and use != Use.IGNORED else _FATES[use]
    return f"{', '.join(names[:_MOST_TOLD])}{more}, {fate}"
