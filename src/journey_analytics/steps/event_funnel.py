"""A funnel of events that somebody asks for, of the interactions in the published file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from journey_analytics.analysis.funnels import Exclusion, Funnel, funnel_steps
from journey_analytics.analysis.funnels.question import Order
from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.warehouse.connection import literal, quoted
from journey_analytics.warehouse.queries import query_published

BREAKDOWNS = {
    "channel": "touchpoints.channel",
    "entry_channel": "touchpoints.entry_channel",
    "channel_group": "touchpoints.channel_group",
    "source": "touchpoints.source",
    "campaign_source": "touchpoints.campaign_source",
    "campaign_medium": "touchpoints.campaign_medium",
    "campaign_name": "touchpoints.campaign_name",
    "stage": "touchpoints.stage",
    "purchase_phase": "touchpoints.purchase_phase",
    "first_channel": "customers.first_channel",
}
"""What a funnel can be told apart by, and where it stands."""


@dataclass(frozen=True)
class EventFunnel:
    """An answer.

    Attributes:
        funnel: What was asked.
        steps: A row per step, and per ``value`` if told apart: the columns of ``analysis.funnels.funnel_steps``.
        complete_until: The watermark: up to when the data are complete.
        day_events_count: Interactions of the steps of which only the day is known: they stand at its start.
    """

    funnel: Funnel
    steps: pl.DataFrame
    complete_until: datetime
    day_events_count: int


def event_funnel(
    database: Path,
    steps: Sequence[str],
    within: timedelta,
    *,
    order: Order = "ordered",
    by: str | None = None,
    without: Sequence[str] = (),
) -> EventFunnel:
    """Compute a funnel of a published file's interactions.

    Args:
        database: A published file.
        steps: Event types.
        within: Longest time from the first step of an attempt to its last one.
        order: As in ``analysis.funnels.Funnel``.
        by: One of ``BREAKDOWNS``; a customer's value is that of the first event of the funnel that has one.
        without: Event types that must not lie between the first step and the last one.

    Raises:
        UsageError: There is no published file, no such event type or breakdown, or the funnel cannot be.
    """
    if by is not None and by not in BREAKDOWNS:
        raise UsageError(f"a funnel cannot be told apart by '{by}'.", hint=did_you_mean(by, BREAKDOWNS))
    known = query_published(
        database,
        """
        select touchpoints.event_type, settings.watermark_at,
            count(*) filter (where touchpoints.is_interaction) as interactions_count,
            count(*) filter (where touchpoints.is_interaction and time_precision = 'day') as day_events_count
        from journeys.touchpoints as touchpoints cross join ops.settings as settings
        group by all
        """,
    )
    counts = dict(known.select("event_type", "interactions_count").iter_rows())
    for event_type in (*steps, *without):
        _check_event_type(event_type, counts)
    watermark_at: datetime = known["watermark_at"][0]
    funnel = Funnel(steps, within, order, exclusions=[Exclusion(name) for name in without], complete_until=watermark_at)
    asked = [*steps, *without]
    # Whatever lies between two steps breaks a strict funnel.
    events = query_published(database, _events(by, None if order == "strict" else asked))
    return EventFunnel(
        funnel,
        funnel_steps(events, funnel, by="value" if by else None),
        watermark_at,
        sum(known.filter(pl.col("event_type").is_in(asked))["day_events_count"].to_list()),
    )


def _check_event_type(event_type: str, counts: Mapping[str, int]) -> None:
    """Refuse what is no event type of an interaction.

    Raises:
        UsageError: With the nearest that is one, and all of them.
    """
    if counts.get(event_type):
        return
    allowed = sorted(name for name, count in counts.items() if count)
    if not allowed:
        raise UsageError("there are no interactions in the published file.", hint="Load some events: journey run")
    there_are = f"There are: {', '.join(allowed)}."
    if event_type in counts:
        raise UsageError(
            f"'{event_type}' is no interaction, and a funnel is made of these: deliberate acts of customers.",
            hint=there_are,
        )
    near = did_you_mean(event_type, allowed)
    raise UsageError(
        f"there is no event type '{event_type}' among the interactions.",
        hint=f"{near} {there_are}" if near.startswith("Did") else there_are,
    )


def _events(by: str | None, event_types: Sequence[str] | None) -> str:
    """SQL of the events that a funnel looks at, with the ``value`` that tells them apart."""
    value = f", {BREAKDOWNS[by]} as {quoted('value')}" if by else ""
    only = "" if event_types is None else f" and event_type in ({', '.join(map(literal, event_types))})"
    customers = " left join journeys.customers as customers using (customer_id)" if by == "first_channel" else ""
    return (
        f"select touchpoints.customer_id, touchpoints.occurred_at, touchpoints.event_type{value} "
        f"from journeys.touchpoints as touchpoints{customers} where touchpoints.is_interaction{only}"
    )
