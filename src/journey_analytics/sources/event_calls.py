"""Calls of tracking libraries by Segment's specification: what Segment and those that follow it have in common.

Names and e-mail addresses in traits are identity, or nobody's business: they stay out of ``properties``. Where the
vendor stamps a call with the visitor's consent, each category becomes ``category=granted`` or ``category=denied``.
"""

from collections.abc import Callable, Mapping

import polars as pl

from journey_analytics.sources.source import Shape, SourceOptions
from journey_analytics.sources.user_agents import is_bot
from journey_analytics.transform.canonical import Verdict, judge, snake_case
from journey_analytics.transform.distinct import per_distinct
from journey_analytics.transform.landing import read_landing

EVENT_TYPES = {
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
}
_KNOWN = (
    "context", "integrations", "originalTimestamp", "sentAt", "version", "channel", "writeKey", "projectId",
    "groupId", "category", "_metadata", "request_ip", "rudderId", "recordId", "sourceId",
)  # fmt: skip
"""Top-level keys of a call that are neither field nor trait; what is not among them is new, and kept."""
_TRAITS = ("traits", "context.traits")
_PERSONAL = (
    "name", "firstName", "lastName", "firstname", "lastname", "username", "phone", "address", "street", "birthday",
    "avatar", "anonymousId", "userId",
)  # fmt: skip


class CallOptions(SourceOptions):
    """How your own track calls are to be understood.

    Attributes:
        event_types: Name of a track call, exactly as it is sent, and the event type it means:
            ``{ "Trial Started" = "sign_up" }``. The e-commerce names of the spec are known. Any other name becomes an
            event type in snake_case: ``Trial Started`` becomes ``trial_started``.
    """

    event_types: dict[str, str] = {}


def call_shape(
    options: CallOptions,
    fields: Mapping[str, str],
    nested: tuple[str, ...],
    own: Callable[[], Mapping[str, pl.Expr]],
    skips: tuple[Verdict, ...] = (),
) -> Shape:
    """The shape of a call.

    Args:
        options: Options of the source.
        fields: What the vendor adds to the common fields.
        nested: Those of them that hold objects or lists.
        own: Canonical columns that the vendor fills in its own way; they are made after the common ones.
        skips: Calls that are left out.
    """
    event_types = EVENT_TYPES | options.event_types
    read_fields = _FIELDS | dict(fields)

    def read(messages: pl.LazyFrame) -> pl.LazyFrame:
        """One event per call. Names of track calls without a canonical type are kept in snake_case."""
        call, event = pl.col("call").str.to_lowercase(), pl.col("event")
        event_type = pl.coalesce(
            call.replace_strict(_CALL_TYPES, default=None, return_dtype=pl.String),
            event.replace_strict(event_types, default=None, return_dtype=pl.String),
            snake_case(event),
        )
        judged = judge(
            messages,
            skips=skips,
            rejects=[
                ("type", ~call.is_in(list(_CALL_TYPES)).fill_null(value=False), _unknown_call(pl.col("call"))),
                ("key", pl.col("message_id").is_null(), "messageId is missing"),
                (
                    "type",
                    pl.col("event_properties").str.starts_with("["),
                    "expected an object in properties, found a list",
                ),
            ],
        )
        traits = pl.when(call.is_in(["identify", "group"])).then("properties")
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
                properties=pl.coalesce("event_properties", traits),
            ).with_columns(**own())
        )

    return Shape(
        "message",
        read_fields,
        read,
        nested=("event_properties", *nested),
        flatten=_TRAITS,
        drop=(*_KNOWN, *(f"{traits}.{name}" for traits in _TRAITS for name in _PERSONAL)),
    )


def consent_of(flags: pl.Expr) -> pl.Expr:
    """``Advertising=denied,Analytics=granted`` of a JSON object of booleans; null where there is none."""
    return per_distinct(flags, _consent, pl.String)


def _consent(flags: pl.Expr) -> pl.Expr:
    granted, denied = (
        flags.str.extract_all(rf'"(?:[^"\\]|\\.)*"\s*:\s*{value}\b').list.eval(pl.element().str.extract(r'^"(.*)"\s*:'))
        for value in ("true", "false")
    )
    return stated_consent(granted, denied)


def stated_consent(granted: pl.Expr, denied: pl.Expr) -> pl.Expr:
    """Lists of categories as one text, in alphabetical order; null where both are empty."""
    stated = pl.concat_list(
        granted.fill_null([]).list.eval(pl.element() + "=granted"),
        denied.fill_null([]).list.eval(pl.element() + "=denied"),
    )
    return stated.list.unique().list.sort().list.join(",").replace("", None)


def _unknown_call(found: pl.Expr) -> pl.Expr:
    return pl.format(f"unknown type '{{}}'; allowed: {', '.join(_CALL_TYPES)}", found.fill_null(""))
