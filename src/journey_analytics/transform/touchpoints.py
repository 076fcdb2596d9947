"""Touchpoints: the events of known customers in their total order, each an interaction or not."""

from collections.abc import Sequence

import polars as pl

from journey_analytics.transform.times import per_zone
from journey_analytics.vocabulary import NEVER_INTERACTIONS, Actor, TimePrecision

ORDER = ("customer_key", "occurred_at", "source", "source_order", "event_id")
"""The total order: of one customer by time, source, the vendor's own order (null last), event id."""


def is_interaction(*, email_opens_count: bool = False) -> pl.Expr:
    """Whether an event is a deliberate act of the customer.

    Args:
        email_opens_count: Count e-mail opens, which are too often a mail client's doing to count by default.
    """
    never = list(NEVER_INTERACTIONS) if email_opens_count else [*NEVER_INTERACTIONS, "email_open"]
    by_customer = pl.col("actor") == Actor.CUSTOMER
    return by_customer & ~pl.col("is_machine") & ~pl.col("event_type").is_in(never)


def make_touchpoints(events: pl.DataFrame, *, email_opens_count: bool = False) -> pl.DataFrame:
    """Order events, leave out what is counted elsewhere, and tell interactions from the rest.

    Args:
        events: Events of known customers up to the watermark: ``customer_key`` and the columns of ``staging.events``.
        email_opens_count: Whether e-mail opens are interactions.

    Returns:
        The events in ``ORDER``, without day twins, with ``is_interaction`` and ``touchpoint_index`` (from 1).
    """
    return (
        without_day_twins(events)
        .sort(ORDER, nulls_last=True)
        .with_columns(
            is_interaction=is_interaction(email_opens_count=email_opens_count),
            touchpoint_index=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("customer_key"),
        )
    )


def without_day_twins(events: pl.DataFrame) -> pl.DataFrame:
    """Leave out day-precision clicks whose landing is there too.

    An ad platform reports a click with its date only; the landing page carries the same click id with the exact time.
    Both are one contact, counted once: where the customer has an instant event of that day with the click id, the day
    row is left out.
    """
    days = events.filter((pl.col("time_precision") == TimePrecision.DAY) & pl.col("click_id").is_not_null())
    if days.is_empty():
        return events
    zones = days["time_zone"].unique().to_list()
    same = ["customer_key", "click_id", "click_id_type"]
    instants = events.filter((pl.col("time_precision") == TimePrecision.INSTANT) & pl.col("click_id").is_not_null())
    twins = (
        days.select("event_key", *same, "time_zone", day_at="occurred_at")
        .join(instants.select(*same, "occurred_at"), on=same)
        .filter(_local_date("day_at", zones) == _local_date("occurred_at", zones))
        .select("event_key")
        .unique()
    )
    return events.join(twins, on="event_key", how="anti")


def _local_date(column: str, zones: Sequence[str]) -> pl.Expr:
    return per_zone(pl.col("time_zone"), zones, lambda zone: pl.col(column).dt.convert_time_zone(zone).dt.date())
