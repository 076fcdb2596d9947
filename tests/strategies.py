"""Random events whose gaps fall on, just under and just over the boundaries of the definitions."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import strategies as st

from journey_analytics.contracts import EVENTS, IDENTIFIER_LIST

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
TINY = timedelta(microseconds=1)
GAPS = (
    timedelta(0), TINY, timedelta(minutes=10), timedelta(minutes=30) - TINY, timedelta(minutes=30),
    timedelta(minutes=30) + TINY, timedelta(hours=7), timedelta(hours=24), timedelta(hours=24) + TINY, timedelta(days=9),
    timedelta(days=30) - TINY, timedelta(days=30), timedelta(days=30) + TINY, timedelta(days=47),
)  # fmt: skip
TYPES = (
    "page_view", "page_view", "product_view", "sign_up", "purchase", "feature_used", "review", "email_sent", "email_open",
    "ad_click", "noise", "email_unsubscribe", "ticket_solved",
)  # fmt: skip
CHANNELS = ("web", "email", "ad", "support")


@st.composite
def event_frames(draw: st.DrawFn, max_events: int = 40) -> pl.DataFrame:
    """Events of up to four customers, as the transforms read them."""
    clocks = dict.fromkeys(range(1, 5), START)
    rows = []
    for number in range(1, draw(st.integers(0, max_events)) + 1):
        customer = draw(st.integers(1, 4))
        clocks[customer] += draw(st.sampled_from(GAPS))
        is_day = draw(st.integers(0, 9)) == 0
        channel = draw(st.sampled_from(CHANNELS))
        at = clocks[customer].replace(hour=0, minute=0, second=0, microsecond=0) if is_day else clocks[customer]
        click = draw(st.sampled_from((None, None, "G1", "G2")))
        rows.append(
            {
                "customer_key": customer,
                "event_id": f"e{number:03}",
                "event_key": number,
                "source": draw(st.sampled_from(("web", "mail"))),
                "occurred_at": at,
                "time_precision": "day" if is_day else "instant",
                "time_zone": "UTC" if is_day else None,
                "source_order": draw(st.sampled_from((None, 1, 2))),
                "channel": channel,
                "entry_channel": channel,
                "actor": draw(st.sampled_from(("customer", "customer", "customer", "company"))),
                "event_type": draw(st.sampled_from(TYPES)),
                "anonymous_id": draw(st.sampled_from((None, "phone", "laptop"))),
                "click_id": click,
                "click_id_type": click and "gclid",
                "is_machine": draw(st.integers(0, 9)) == 0,
            }
        )
    return pl.DataFrame(rows, schema={"customer_key": pl.UInt64} | dict(EVENTS.schema))


_IDS = st.sampled_from((None, None, "a", "b", "c"))


@st.composite
def identifier_set_frames(draw: st.DrawFn, max_sets: int = 12) -> pl.DataFrame:
    """Identifier sets over so few values that shared, over-connected and chained identifiers are common."""
    rows = []
    for index in range(draw(st.integers(0, max_sets))):
        is_alias = draw(st.integers(0, 5)) == 0
        vendor = draw(_IDS)
        rows.append(
            {
                "set_key": index,
                "user_id": draw(st.sampled_from((None, "u1", "u2", "u3", "u4", "u5", "u6", "u7"))),
                "email": draw(_IDS),
                "phone": None,
                "anonymous_id": draw(st.sampled_from((None, "x", "y", "z", "u1"))),
                "device_id": draw(st.sampled_from((None, None, "x", "tablet"))),
                "previous_id": draw(st.sampled_from(("u1", "u2", "x"))) if is_alias else None,
                "vendor_ids": [{"kind": "desk_id", "value": vendor}] if vendor else None,
                "click_id": None,
                "click_id_type": None,
                "first_occurred_at": draw(st.sampled_from((None, START, START + TINY))),
                "last_occurred_at": draw(st.sampled_from((None, START, START + TINY, START + 2 * TINY))),
            }
        )
    plain = ("user_id", "email", "phone", "anonymous_id", "device_id", "previous_id", "click_id", "click_id_type")
    schema = {"set_key": pl.UInt64, **dict.fromkeys(plain, pl.String), "vendor_ids": IDENTIFIER_LIST}
    times = dict.fromkeys(("first_occurred_at", "last_occurred_at"), EVENTS.schema["occurred_at"])
    return pl.DataFrame(rows, schema={**schema, **times})
