"""Segment: one message per line, as the tracking libraries send them (track, page, screen, identify, group, alias).

``messageId`` is the key: the libraries retry, and a retry repeats it. ``timestamp`` is the time to trust; it is
``receivedAt - (sentAt - originalTimestamp)``, so that a client whose clock is wrong does no harm, while
``originalTimestamp`` and ``sentAt`` are client clocks. Click ids stand only in the landing URL.
"""

import polars as pl

from journey_analytics.sources.source import Shape, Source, SourceOptions
from journey_analytics.sources.user_agents import is_bot
from journey_analytics.transform.canonical import judge, snake_case
from journey_analytics.transform.landing import read_landing

_EVENT_TYPES = {
    "Products Searched": "search",
    "Product Viewed": "product_view",
    "Product Added": "add_to_cart",
    "Checkout Started": "checkout_started",
    "Order Completed": "purchase",
    "Order Refunded": "refund",
    "Product Reviewed": "review",
    "Product Shared": "share",
    "Cart Shared": "share",
    "Signed Up": "sign_up",
    "Signed In": "login",
    "Application Installed": "app_install",
    "Email Delivered": "email_delivered",
    "Email Opened": "email_open",
    "Email Link Clicked": "email_click",
    "Email Bounced": "email_bounce",
    "Email Marked as Spam": "email_spam_report",
    "Unsubscribed": "email_unsubscribe",
}
_CALL_TYPES = {
    "page": "page_view",
    "screen": "page_view",
    "identify": "identify",
    "group": "identify",
    "alias": "alias",
    "track": None,
}
_FIELDS = {
    "message_id": "messageId",
    "call": "type",
    "timestamp": "timestamp",
    "received": "receivedAt",
    "anonymous_id": "anonymousId",
    "user_id": "userId",
    "previous_id": "previousId",
    "traits_email": "traits.email",
    "context_email": "context.traits.email",
    "event": "event",
    "name": "name",
    "properties_url": "properties.url",
    "context_url": "context.page.url",
    "properties_referrer": "properties.referrer",
    "context_referrer": "context.page.referrer",
    "campaign_source": "context.campaign.source",
    "campaign_medium": "context.campaign.medium",
    "campaign_name": "context.campaign.name",
    "device_id": "context.device.id",
    "user_agent": "context.userAgent",
    "revenue": "properties.revenue",
    "total": "properties.total",
    "value": "properties.value",
    "currency": "properties.currency",
    "event_properties": "properties",
    "traits": "traits",
}


class SegmentOptions(SourceOptions):
    """How your own track calls are to be understood.

    Attributes:
        event_types: Name of a track call, exactly as it is sent, and the event type it means:
            ``{ "Trial Started" = "sign_up" }``. Segment's own e-commerce names are known. Any other name becomes an
            event type in snake_case: ``Trial Started`` becomes ``trial_started``.
    """

    event_types: dict[str, str] = {}


def shapes(options: SegmentOptions) -> list[Shape]:
    """The one shape: a message."""
    event_types = _EVENT_TYPES | options.event_types

    def read(messages: pl.LazyFrame) -> pl.LazyFrame:
        """One event per message. Names of track calls without a canonical type are kept in snake_case."""
        call, event = pl.col("call").str.to_lowercase(), pl.col("event")
        event_type = pl.coalesce(
            call.replace_strict(_CALL_TYPES, default=None, return_dtype=pl.String),
            event.replace_strict(event_types, default=None, return_dtype=pl.String),
            snake_case(event),
        )
        judged = judge(
            messages,
            rejects=[
                (
                    "type",
                    ~call.is_in(list(_CALL_TYPES)).fill_null(value=False),
                    _unknown_call(pl.col("call")),
                ),
                ("key", pl.col("message_id").is_null(), "messageId is missing"),
            ],
        )
        return read_landing(
            judged.with_columns(
                event_id="message_id",
                occurred_at="timestamp",
                received_at="received",
                channel=pl.when(event_type.str.starts_with("email_")).then(pl.lit("email")).otherwise(pl.lit("web")),
                actor=pl.lit("customer"),
                event_type=event_type,
                event_name=pl.coalesce(pl.when(call == "track").then(event), "name", call),
                email=pl.coalesce("traits_email", "context_email"),
                page_url=pl.coalesce("properties_url", "context_url"),
                referrer=pl.coalesce("properties_referrer", "context_referrer"),
                value=pl.when(event_type.is_in(["purchase", "refund"])).then(pl.coalesce("revenue", "total", "value")),
                is_machine=is_bot(pl.col("user_agent")),
                properties=pl.coalesce("event_properties", "traits"),
            )
        )

    return [
        Shape(
            "message",
            _FIELDS,
            read,
            nested=("event_properties", "traits"),
            rest=False,
        )
    ]


def _unknown_call(found: pl.Expr) -> pl.Expr:
    return pl.format(f"unknown type '{{}}'; allowed: {', '.join(_CALL_TYPES)}", found.fill_null(""))


SOURCE = Source("segment", shapes, SegmentOptions)
