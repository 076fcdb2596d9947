"""Entries into stages as trials: who entered in which period, and whether it happened in the time they were watched."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from journey_analytics.analysis.event_log import micros_of
from journey_analytics.analysis.findings.options import OUTCOMES, UNKNOWN, FindingOptions
from journey_analytics.vocabulary import Outcome


@dataclass(frozen=True)
class Period:
    """Days of entry, from the first to the last.

    Attributes:
        first_on: The first day.
        last_on: The last day.
    """

    first_on: date
    last_on: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last_on - self.first_on).days + 1

    def before(self) -> "Period":
        """The period of the same length that ends where this one begins."""
        length = timedelta(days=self.days)
        return Period(self.first_on - length, self.last_on - length)

    def entered(self) -> pl.Expr:
        """Whether an entry is in it."""
        return pl.col("entered_on").is_between(self.first_on, self.last_on)


@dataclass(frozen=True)
class Trials:
    """Entries that were watched long enough for an outcome.

    Attributes:
        outcome: Moved on, or dropped off.
        entries: Columns ``stage``, ``segment``, ``customer``, ``entered_on`` and ``has_happened``, in order of time.
        watched: From the first day with entries to the last of which all were watched.
        watched_days: How long each entry was watched, in days.
    """

    outcome: Outcome
    entries: pl.DataFrame
    watched: Period
    watched_days: float

    def newest(self, days: int) -> Period | None:
        """The newest period of so many days; None where the data begin later."""
        first_on = self.watched.last_on - timedelta(days=days - 1)
        return Period(first_on, self.watched.last_on) if first_on >= self.watched.first_on else None

    def before(self, period: Period | None) -> Period | None:
        """The period before; None where the data begin later."""
        before = period.before() if period else None
        return before if before and before.first_on >= self.watched.first_on else None

    def of(self, period: Period) -> pl.DataFrame:
        """Customers who entered in a period: each once per stage, at the first entry in it."""
        return self.entries.filter(period.entered()).unique(["stage", "customer"], keep="first", maintain_order=True)

    def by_month(self) -> pl.DataFrame:
        """Customers by the month of entry, each once per stage and month; of whole months."""
        month = pl.col("entered_on").dt.truncate("1mo").alias("month")
        is_whole = (month >= self.watched.first_on) & (month.dt.month_end() <= self.watched.last_on)
        months = self.entries.filter(is_whole).with_columns(month)
        return months.unique(["stage", "customer", "month"], keep="first", maintain_order=True)


def trials_of(
    entries: pl.DataFrame, until: datetime, segment: str, time_zone: str, options: FindingOptions
) -> Iterator[Trials]:
    """The trials of each outcome of which some entries were watched long enough.

    Args:
        entries: As ``watched_rates`` takes them.
        until: When what is known ends.
        segment: Column of the segment.
        time_zone: Of the business, which says what a day is.
        options: How long entries are watched.
    """
    zone, at = ZoneInfo(time_zone), pl.from_epoch("entered_at", "us")
    known = (
        entries.select(
            "stage",
            pl.col(segment).cast(pl.String).fill_null(UNKNOWN).alias("segment"),
            pl.col("customer_id").alias("customer"),
            pl.col("entered_at", *(f"{outcome}_at" for outcome in OUTCOMES)).dt.epoch("us"),
        )
        .filter(pl.col("entered_at") <= micros_of(until))
        .with_columns(entered_on=at.dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone).dt.date())
    )
    # Numbers in the order of the names: grouping and sorting by them takes a fraction of the time.
    known = known.with_columns(
        pl.col(name).cast(pl.Enum(known[name].unique().drop_nulls().sort())) for name in ("stage", "segment")
    )
    if known.is_empty():
        return
    known = known.sort("entered_at", *(f"{outcome}_at" for outcome in OUTCOMES), nulls_last=True)
    first_on: date = known["entered_on"][0]
    for outcome in OUTCOMES:
        span = options.watched(outcome)
        ends_at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros_of(until)) - span
        # Of the day in which the last watched entry falls, the rest was not watched: it does not count.
        last_on = ends_at.astimezone(zone).date() - timedelta(days=1)
        if last_on < first_on:
            continue
        has_happened = pl.col(f"{outcome}_at") - pl.col("entered_at") <= span // timedelta(microseconds=1)
        rows = known.filter(pl.col("entered_on") <= last_on).select(
            "stage", "segment", "customer", "entered_on", has_happened.fill_null(value=False).alias("has_happened")
        )
        # A stage in which it never happens, such as moving on from the last one, is no question.
        asked = rows.filter(pl.col("has_happened").any().over("stage"))
        yield Trials(outcome, asked, Period(first_on, last_on), span / timedelta(days=1))
