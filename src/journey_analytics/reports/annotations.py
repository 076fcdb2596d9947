"""What happened in the business, marked by its number beside what is drawn day by day."""

from datetime import date
from typing import Any

import polars as pl

from journey_analytics.readable import plural
from journey_analytics.reports.report import TableTwin
from journey_analytics.reports.theme import Look, faded

_COLUMNS = ("annotation_index", "started_on", "ended_on", "kind", "label")
_NAMED = 3


def annotations_within(annotations: pl.DataFrame, first_on: date, last_on: date) -> pl.DataFrame:
    """Annotations that touch these days, in the order of time."""
    touches = (pl.col("ended_on") >= first_on) & (pl.col("started_on") <= last_on)
    return annotations.filter(touches).sort("annotation_index").select(_COLUMNS)


def annotations_sentence(shown: pl.DataFrame) -> str:
    """Which ones are marked; the latest by name."""
    named = [
        f"{row['annotation_index']} {row['label']} ({_days(row)})"
        for row in shown.tail(_NAMED).reverse().iter_rows(named=True)
    ]
    more = f", and {shown.height - len(named)} more" if shown.height > len(named) else ""
    return (
        f"{plural(shown.height, 'annotation')} of journey.toml marked: {'; '.join(named)}{more}. What follows one is "
        "not thereby caused by it."
    )


def annotation_shapes(shown: pl.DataFrame, look: Look) -> list[dict[str, Any]]:
    """A line or, of several days, a band over all panels, with its number at the top."""
    color = look.color("muted")
    return [
        {
            "type": "rect", "layer": "below", "xref": "x", "yref": "paper", "y0": 0, "y1": 1,
            "x0": str(row["started_on"]), "x1": str(row["ended_on"]), "fillcolor": faded(color, 0.12),
            "line": {"color": color, "width": 1, "dash": "dot"},
            "label": {"text": str(row["annotation_index"]), "textposition": "top left", "font": {"color": color}},
        }
        for row in shown.iter_rows(named=True)
    ]  # fmt: skip


def annotations_twin(shown: pl.DataFrame, days: int) -> TableTwin:
    """The marked ones as a table; they are those of the last so many days that volumes tell of."""
    last = "(select max(ends_on) from ops.source_volumes where period = 'day')"
    sql = f"""select {", ".join(_COLUMNS)}
from ops.annotations
where ended_on > {last} - {days} and started_on <= {last}
order by annotation_index"""
    rows = [
        [row["label"], row["kind"], _days(row), str(row["annotation_index"])] for row in shown.iter_rows(named=True)
    ]
    return TableTwin("annotations", "Annotations", ["Annotation", "Kind", "Days", "Mark"], rows, shown, sql, 3)


def _days(row: dict[str, Any]) -> str:
    start, end = row["started_on"], row["ended_on"]
    return f"{start:%Y-%m-%d}" if start == end else f"{start:%Y-%m-%d} to {end:%Y-%m-%d}"
