"""Made-up customers for the benchmarks: bursty sessions, few busy customers and many quiet ones, four channels.

Nothing here is a truth to find again (``journey_analytics.simulate`` has that); what counts is the shape of the load.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 365
EVENTS_PER_CUSTOMER = 20
_DRAWN_PER_SEEN = 1.47
EVENTS_PER_SESSION = 4.0
_MICROSECONDS_PER_DAY = 86_400_000_000
_GAP_SECONDS = 90.0
_ACTIVITY_SHAPE = 0.6
_CAMPAIGNS = 40

EVENT_NAMES = {
    "web": (
        "page_view", "product_view", "search", "click", "add_to_cart", "checkout_started", "purchase", "sign_up",
        "login", "feature_used", "review", "share", "referral",
    ),
    "email": ("email_click", "email_open", "email_sent", "email_unsubscribe"),
    "ad": ("ad_click", "ad_impression"),
    "support": ("ticket_created", "ticket_comment", "ticket_solved", "csat_response", "nps_response"),
}  # fmt: skip
"""The event types of each channel, commonest first: 24 in all."""
_CHANNEL_SHARES = {"web": 0.72, "email": 0.16, "ad": 0.07, "support": 0.05}


@dataclass(frozen=True)
class Load:
    """How much to make.

    Attributes:
        events: About so many events.
        first_customer: Number of the first customer, so that several files hold customers of their own.
        seed: Of the random numbers.
    """

    events: int
    first_customer: int = 0
    seed: int = 7


def made_events(load: Load) -> pl.DataFrame:
    """Events in the order of time.

    Returns:
        ``event_id`` (text), ``customer`` (text), ``occurred_at`` (UTC, microseconds), ``channel``, ``event_type``,
        ``campaign`` (of one event in ten) and ``value`` (of purchases).
    """
    random = np.random.default_rng(load.seed)
    # Of the many who do little, some do nothing at all and are not seen.
    customers = max(1, round(load.events / EVENTS_PER_CUSTOMER * _DRAWN_PER_SEEN))
    sessions = max(1, round(load.events / EVENTS_PER_SESSION))
    activity = random.gamma(_ACTIVITY_SHAPE, size=customers)
    owner = random.choice(customers, size=sessions, p=activity / activity.sum())
    joined = random.random(customers) ** 1.5 * 0.8 * DAYS
    started = (joined[owner] + random.random(sessions) * (DAYS - joined[owner])) * _MICROSECONDS_PER_DAY
    sizes = random.geometric(1 / EVENTS_PER_SESSION, size=sessions)
    session = np.repeat(np.arange(sessions), sizes)
    gaps = 1 + np.floor(random.exponential(_GAP_SECONDS * 1e6, size=len(session)))
    gaps[np.concatenate([[0], np.cumsum(sizes)[:-1]])] = 0
    elapsed = np.cumsum(gaps)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    at = np.floor(started)[session] + elapsed - np.repeat(elapsed[first], sizes)
    types, channels = _event_types(random, len(session))
    frame = pl.DataFrame(
        {
            "customer": owner[session] + load.first_customer,
            "occurred_at": at.astype(np.int64),
            "event_type": types,
            "channel": channels,
            "campaign": random.integers(0, 10 * _CAMPAIGNS, size=len(session)),
            "value": random.integers(500, 20_000, size=len(session)),
        }
    )
    is_purchase = pl.col("event_type") == "purchase"
    return (
        frame.sort("occurred_at")
        .with_row_index("number")
        .select(
            event_id=pl.format("{}-{}", pl.lit(f"{load.first_customer:x}"), "number"),
            customer=pl.format("u{}", "customer"),
            occurred_at=pl.lit(START).dt.cast_time_unit("us") + pl.duration(microseconds="occurred_at"),
            channel="channel",
            event_type="event_type",
            campaign=pl.when(pl.col("campaign") < _CAMPAIGNS).then(pl.format("campaign {}", "campaign")),
            value=pl.when(is_purchase).then(pl.col("value") / 100),
        )
    )


def _event_types(random: np.random.Generator, size: int) -> tuple[pl.Series, pl.Series]:
    """Types and channels of events: the commonest type of a channel twice as often as the next, and so on."""
    pairs = [(channel, name, rank) for channel, names in EVENT_NAMES.items() for rank, name in enumerate(names)]
    weights = np.array([_CHANNEL_SHARES[channel] * 0.6**rank for channel, _, rank in pairs])
    drawn = pl.Series(random.choice(len(pairs), size=size, p=weights / weights.sum()))
    names = pl.Series([name for _, name, _ in pairs], dtype=pl.String)
    channels = pl.Series([channel for channel, _, _ in pairs], dtype=pl.String)
    return names.gather(drawn), channels.gather(drawn)


def write_parquet(folder: Path, events: int, events_per_file: int = 10_000_000) -> None:
    """Files of events, each with customers of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, events, events_per_file)):
        size = min(events_per_file, events - start)
        load = Load(size, first_customer=round(start / EVENTS_PER_CUSTOMER * _DRAWN_PER_SEEN), seed=7 + number)
        made_events(load).write_parquet(folder / f"events{number:03}.parquet")
