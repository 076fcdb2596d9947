"""What customers do next in two periods, or in two segments, by the published file: questions of somebody's own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from journey_analytics.analysis.comparison import Comparison, Period, compare_periods, compare_segments
from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.vocabulary import START
from journey_analytics.warehouse.queries import query_published

STEPS = ("stage", "event_type", "channel", "entry_channel")
"""What a step may be: a stage entered, or a property of an interaction."""

SEGMENTS = {
    "first_channel": "customers.first_channel",
    "first_source": "customers.first_source",
    "first_medium": "customers.first_medium",
    "first_campaign": "customers.first_campaign",
    "started_month": "strftime(customers.started_month, '%Y-%m')",
}
"""What tells customers apart, and where it stands: facts of their beginning, so that nobody is in two segments."""

_LENGTH, _INSTANT = timedelta(days=28), timedelta(microseconds=1)

_STAGES = f"""
    select journeys.journey_id as entity, journeys.customer_id, journeys.started_at as occurred_at, 0 as place,
        '{START}' as step
    from journeys.journeys as journeys
    inner join ops.settings as settings on journeys.stage_model = settings.main_stage_model
    union all
    select visits.journey_id, visits.customer_id, visits.entered_at, visits.visit_index, visits.stage
    from journeys.stage_visits as visits
    inner join ops.settings as settings on visits.stage_model = settings.main_stage_model
"""
_INTERACTIONS = """
    select customer_id as entity, customer_id, occurred_at, touchpoint_index as place, {column} as step
    from journeys.touchpoints
    where is_interaction
"""


@dataclass(frozen=True)
class Segments:
    """Two segments of customers.

    Attributes:
        column: One of ``SEGMENTS``.
        baseline: The one that is compared with.
        compared: The one that is compared.
    """

    column: str
    baseline: str
    compared: str


@dataclass(frozen=True)
class Compared:
    """An answer.

    Attributes:
        found: The two groups beside one another.
        watched_until: Steps up to then were watched for the whole window.
        watermark_at: Data are complete up to then.
        baseline: The period that was compared with; None for segments.
        compared: The period that was compared; with segments the one that steps are of, if one was asked for.
    """

    found: Comparison
    watched_until: datetime
    watermark_at: datetime
    baseline: Period | None
    compared: Period | None


def compare(
    database: Path,
    *,
    steps: str = "stage",
    within: timedelta,
    before: Period | None = None,
    after: Period | None = None,
    segments: Segments | None = None,
) -> Compared:
    """Compare what follows each step within a time.

    Args:
        database: A published file.
        steps: One of ``STEPS``. Stages are those of the main model, and follow one another within a journey.
        within: Time in which the next step counts; steps are counted that were watched for as long.
        before: The period that is compared with; by default as long as the one that is compared, and right before it.
        after: The period that is compared; by default the newest 28 days that were watched.
        segments: Two segments, in place of two periods; ``after`` then says of which period steps are, by default all.

    Raises:
        UsageError: There is no published file or nothing in it, no such step, column or segment, periods overlap, or no
            step of a period was watched for so long.
    """
    if steps not in STEPS:
        raise UsageError(f"steps cannot be of '{steps}'.", hint=did_you_mean(steps, STEPS))
    watermark: datetime | None = query_published(database, "select watermark_at from ops.settings").item()
    if watermark is None:
        raise UsageError("there are no interactions in the published file.", hint="Load some events: journey run")
    watched = watermark - within
    events = query_published(database, _events(steps, segments))
    if segments is not None:
        if before is not None:
            raise UsageError("segments are compared in one period.", hint="Leave --before out.")
        if after is not None:
            _check_watched(after, watched, within)
            is_in = pl.col("occurred_at").is_between(*after, closed="left")
            events = events.with_columns(pl.when(is_in).then(segments.column))
        found = compare_segments(
            events, segment=segments.column, baseline=segments.baseline, compared=segments.compared, window=within,
            until=watermark, entity="entity", customer="customer_id", event="step", order=["place"],
        )  # fmt: skip
        return Compared(found, watched, watermark, None, after)
    compared = after or (watched - _LENGTH, watched + _INSTANT)
    baseline = before or (compared[0] - (compared[1] - compared[0]), compared[0])
    for period in (compared, baseline):
        _check_watched(period, watched, within)
    found = compare_periods(
        events, baseline=baseline, compared=compared, window=within, until=watermark, entity="entity",
        customer="customer_id", event="step", order=["place"],
    )  # fmt: skip
    return Compared(found, watched, watermark, baseline, compared)


def _events(steps: str, segments: Segments | None) -> str:
    """SQL of the steps, with the segment of their customer."""
    every = _STAGES if steps == "stage" else _INTERACTIONS.format(column=steps)
    if segments is None:
        return every
    if segments.column not in SEGMENTS:
        raise UsageError(
            f"customers cannot be told apart by '{segments.column}'.", hint=did_you_mean(segments.column, SEGMENTS)
        )
    return f"""
        select steps.*, {SEGMENTS[segments.column]} as {segments.column}
        from ({every}) as steps
        left join journeys.customers as customers on steps.customer_id = customers.customer_id
    """


def _check_watched(period: Period, watched: datetime, within: timedelta) -> None:
    """Refuse a period of which no step was watched for the window."""
    if period[0] > watched:
        raise UsageError(
            f"no step from {period[0]:%Y-%m-%d %H:%M} UTC on was watched for {within / timedelta(days=1):g} days: data "
            f"are complete until {watched + within:%Y-%m-%d %H:%M} UTC.",
            hint="Take an earlier period, or a shorter --within.",
        )
