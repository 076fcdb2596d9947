"""Who entered a stage, completed, dropped off or came back between two runs; from the published tables."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from journey_analytics.errors import UsageError
from journey_analytics.warehouse.connection import literal
from journey_analytics.warehouse.queries import query_published


@dataclass(frozen=True)
class CustomerChanges:
    """Changes of customers between two times.

    Attributes:
        after: Changes happened after it: the earlier watermark.
        until: And up to it: the later one.
        counts: ``change``, ``stage``, ``customers_count``.
        customers: The first of them in the order of time: the columns of ``marts.customer_changes``.
        total: How many changes there are.
    """

    after: datetime
    until: datetime
    counts: pl.DataFrame
    customers: pl.DataFrame
    total: int


def customer_changes(
    published: Path, first: datetime | None, second: datetime | None, limit: int = 0
) -> CustomerChanges:
    """Find who changed between the watermarks of two runs, by what is known now and by the main stage model.

    Args:
        published: The published file.
        first: Watermark of one run.
        second: That of the other; they may be the wrong way round.
        limit: Customers to list at most; 0 for all. Counts are always of all.

    Raises:
        UsageError: A run had no events, both saw data up to the same time, or nothing is published.
    """
    if first is None or second is None:
        raise UsageError("one of the runs had no events, so nobody can be told to have changed since.")
    if first == second:
        raise UsageError(
            f"both runs saw data up to the same time, {first:%Y-%m-%d %H:%M} UTC: no time passed in which a customer "
            "could have changed.",
            hint="Changed rules and late events are told by journey diff without --customers.",
        )
    after, until = sorted((first, second))
    times = ", ".join(f"{name} := {literal(at.isoformat())}" for name, at in (("from_ts", after), ("to_ts", until)))
    found = query_published(published, f"from marts.customer_changes({times})")
    counts = found.group_by("change", "stage").agg(customers_count=pl.col("customer_id").n_unique().cast(pl.Int64))
    return CustomerChanges(
        after, until, counts.sort("change", "stage"), found.head(limit) if limit else found, found.height
    )
