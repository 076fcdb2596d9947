"""What happened in the business in the periods that are compared: annotations beside the numbers, never a cause."""

from datetime import datetime

import polars as pl

from journey_analytics.analysis.event_log import check_columns, micros_of

Period = tuple[datetime, datetime]
"""Start, and end that does not belong to it."""

_SCHEMA = {
    "period": pl.String,
    "kind": pl.String,
    "label": pl.String,
    "started_at": pl.Datetime("us", "UTC"),
    "ended_at": pl.Datetime("us", "UTC"),
    "began_before": pl.Boolean,
}


NO_ANNOTATIONS = pl.DataFrame(schema=_SCHEMA)
"""As ``annotations_in_periods`` gives where there are none."""


def annotations_in_periods(annotations: pl.DataFrame, *, baseline: Period, compared: Period) -> pl.DataFrame:
    """Tell which annotations fall into two periods, or between them.

    Args:
        annotations: As ``ops.annotations`` has them: ``started_at``, ``ended_at`` (null for a moment), ``kind``,
            ``label``.
        baseline: The period that is compared with.
        compared: The period that is compared.

    Returns:
        One row per annotation and period, the earliest first: ``period`` (``baseline``, ``between`` or ``compared``;
        one that goes on is in several); ``kind``; ``label``; ``started_at``; ``ended_at``; ``began_before`` (before
        that period began).

    Raises:
        UsageError: A column is missing or of another kind.

    Example:
        >>> from datetime import UTC
        >>> day = lambda number: datetime(2026, 1, number, tzinfo=UTC)
        >>> annotations = pl.DataFrame({
        ...     "started_at": [day(8), day(3)], "ended_at": [None, day(12)], "kind": ["release", "campaign"],
        ...     "label": ["New checkout", "Sale"],
        ... })
        >>> found = annotations_in_periods(annotations, baseline=(day(1), day(8)), compared=(day(8), day(15)))
        >>> found.select("period", "label", "began_before").rows()
        [('baseline', 'Sale', False), ('compared', 'Sale', True), ('compared', 'New checkout', False)]
    """
    check_columns(annotations.schema, times=["started_at", "ended_at"], texts=["kind", "label"])
    first, second = sorted([baseline, compared], key=lambda period: micros_of(period[0]))
    periods = {"baseline": baseline, "between": (first[1], second[0]), "compared": compared}
    bounds = pl.DataFrame(
        [(name, micros_of(start), micros_of(end)) for name, (start, end) in periods.items()],
        schema={"period": pl.String, "from": pl.Int64, "to": pl.Int64},
        orient="row",
    ).filter(pl.col("from") < pl.col("to"))
    start, end = pl.col("started_at").dt.epoch("us"), pl.col("ended_at").dt.epoch("us")
    return (
        annotations.join(bounds, how="cross")
        .filter(start < pl.col("to"), (start >= pl.col("from")) | (end > pl.col("from")))
        .with_columns(began_before=start < pl.col("from"))
        .sort("started_at", "label", "from")
        .select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items())
    )
