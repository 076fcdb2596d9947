"""Who came back after dropping off: how many, after how long, and by what."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from journey_analytics.analysis.event_log import LogColumns, Which, check_columns, fitting_expressions, micros_of
from journey_analytics.analysis.intervals import with_rate
from journey_analytics.analysis.ratios import rate_of_customers
from journey_analytics.errors import UsageError

_DAY = 86_400_000_000


@dataclass(frozen=True)
class Returns:
    """Who came back after dropping off.

    Attributes:
        rates: One row per stage, by name: ``stage``; ``dropped_count`` (stays that ended in a drop-off); ``open_count``
            (of these, those whose horizon is not over: they are in no rate, come back or not); ``watched_count`` (the
            others); ``returned_count`` (of these, followed by an act within the horizon); ``return_rate`` with
            ``return_rate_low`` and ``return_rate_high`` (95 %, by customer: who drops off twice is one);
            ``median_days`` and ``p90_days`` (from the last act to the return, in days of 24 hours; null without
            returns).
        contacts: One row per stage, event and channel of the act of return, the most common first: ``stage``;
            ``event``; ``channel``; ``returned_count``; ``of_returns_count`` (returns of the stage); ``share`` with
            ``share_low`` and ``share_high`` (Wilson); ``median_days``.
    """

    rates: pl.DataFrame
    contacts: pl.DataFrame


def returns(
    subjects: pl.DataFrame,
    events: pl.DataFrame | pl.LazyFrame,
    *,
    horizon: timedelta,
    until: datetime,
    acts: Which = None,
    stage: str = "stage",
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
    channel: str = "channel",
) -> Returns:
    """Count who came back after a drop-off, and by what.

    A return is the first act after the last one before the silence. It follows whatever was done to win the customer
    back; whether it would have come anyhow, only an experiment tells.

    Args:
        subjects: Stays as ``precursors`` has them, with their stage; only those that ended in a drop-off are looked at.
            Their ``ended_at`` is the last act.
        events: What customers did, in any order, after the stays, too.
        horizon: Within which time after the last act a return counts; longer than the silence that makes a drop-off.
        until: Time up to which the data are complete; later events do not count.
        acts: Which events are acts of the customer: a name, several, or a condition such as
            ``pl.col("is_interaction")``; all by default.
        stage: Column of ``subjects``.
        entity: Column of the entity in both frames.
        time: Column of the time of events.
        event: Column of their name; of acts at one time the first by name and channel counts.
        channel: Column of their channel.

    Raises:
        UsageError: A column is missing or of another kind, entities or times do not fit, or the horizon is not a time.

    Example:
        >>> day = lambda number: datetime(2026, 1, 1) + timedelta(days=number)
        >>> stays = pl.DataFrame({
        ...     "customer_id": [1, 2], "stage": ["buying"] * 2, "started_at": [day(0)] * 2,
        ...     "ended_at": [day(1), day(2)], "is_dropped": [True] * 2,
        ... })
        >>> log = pl.DataFrame({
        ...     "customer_id": [1, 1, 2], "occurred_at": [day(1), day(46), day(2)],
        ...     "event_type": ["look", "email_click", "look"], "channel": ["web", "email", "web"],
        ... })
        >>> found = returns(stays, log, horizon=timedelta(days=90), until=day(200))
        >>> found.rates.select("stage", "watched_count", "return_rate", "median_days").rows()
        [('buying', 2, 0.5, 45.0)]
        >>> found.contacts.select("stage", "event", "channel", "returned_count").rows()
        [('buying', 'email_click', 'email', 1)]
    """
    if horizon <= timedelta(0):
        raise UsageError("The horizon is no time.", hint="Give a duration, such as 90 days.")
    columns = LogColumns(entity, time, event)
    check_columns(subjects.schema, times=["ended_at"], texts=[stage], others=[entity, "is_dropped"])
    log = columns.checked(events, channel).filter(columns.is_known, columns.are(acts))
    span = horizon // timedelta(microseconds=1)
    with fitting_expressions():
        dropped = (
            subjects.lazy()
            .filter(pl.col("is_dropped"), pl.col("ended_at").is_not_null(), pl.col(entity).is_not_null())
            .select(entity=pl.col(entity), stage=pl.col(stage).cast(pl.String), end=pl.col("ended_at").dt.epoch("us"))
            .sort("end")
        )
        happened = (
            log.select(
                entity=pl.col(entity), at=columns.micros, event=columns.name, channel=pl.col(channel).cast(pl.String)
            )
            .filter(pl.col("at") <= micros_of(until))
            .sort("at", "event", "channel", nulls_last=True)
            .unique(["entity", "at"], keep="first", maintain_order=True)
        )
        found = (
            dropped.join_asof(
                happened,
                left_on="end",
                right_on="at",
                by="entity",
                strategy="forward",
                allow_exact_matches=False,
                check_sortedness=False,
            )
            .with_columns(
                is_watched=pl.col("end") <= micros_of(until) - span,
                days=(pl.col("at") - pl.col("end")) / _DAY,
                is_returned=(pl.col("at") - pl.col("end") <= span).fill_null(value=False),
            )
            .with_columns(pl.col("is_returned") & pl.col("is_watched"))
            .collect()
        )
    return Returns(_rates(found), _contacts(found.filter("is_returned")))


def _rates(found: pl.DataFrame) -> pl.DataFrame:
    came = pl.col("days").filter("is_returned")
    counts = (
        found.group_by("stage")
        .agg(
            dropped_count=pl.len().cast(pl.Int64),
            open_count=(~pl.col("is_watched")).sum().cast(pl.Int64),
            watched_count=pl.col("is_watched").sum().cast(pl.Int64),
            returned_count=pl.col("is_returned").sum().cast(pl.Int64),
            median_days=came.quantile(0.5, "linear"),
            p90_days=came.quantile(0.9, "linear"),
        )
        .sort("stage")
    )
    by_customer = (
        found.filter("is_watched")
        .group_by("stage", "entity")
        .agg(returned=pl.col("is_returned").sum(), watched=pl.len())
        .sort("stage", "watched", "returned")
    )
    intervals = [
        rate_of_customers(own["returned"].to_numpy(), own["watched"].to_numpy())
        for own in (by_customer.filter(pl.col("stage").eq_missing(stage)) for stage in counts["stage"])
    ]
    rates = {
        "return_rate": [interval and interval.estimate for interval in intervals],
        "return_rate_low": [interval and interval.low for interval in intervals],
        "return_rate_high": [interval and interval.high for interval in intervals],
    }
    told = counts.with_columns(pl.Series(name, values, dtype=pl.Float64) for name, values in rates.items())
    return told.select(pl.all().exclude("median_days", "p90_days"), "median_days", "p90_days")


def _contacts(returned: pl.DataFrame) -> pl.DataFrame:
    counts = (
        returned.group_by("stage", "event", "channel")
        .agg(returned_count=pl.len().cast(pl.Int64), median_days=pl.col("days").median())
        .with_columns(of_returns_count=pl.col("returned_count").sum().over("stage"))
    )
    told = with_rate(counts, "share", "returned_count", "of_returns_count")
    names = ["stage", "event", "channel", "returned_count", "of_returns_count", "share", "share_low", "share_high"]
    by = ["stage", "returned_count", "event", "channel"]
    return told.select(*names, "median_days").sort(by, descending=[False, True, False, False])
