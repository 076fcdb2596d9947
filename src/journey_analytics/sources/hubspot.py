"""HubSpot email events API: pages ``{"offset", "hasMore", "events": [...]}``, or events by themselves.

The key is the pair (``id``, ``created``), as HubSpot defines it. ``created`` is in epoch milliseconds. Opens and clicks
with ``filteredEvent`` are those of bots and of the business's own staff, by the account's settings: they are flagged.
An event that a follow-on event made obsolete says so in ``obsoletedBy`` once it is exported again; it is kept as an
act of the system, and this version of it wins whatever came first. PROCESSED is the delivery provider's receipt of
what was SENT, and so no second e-mail. STATUSCHANGE is a subscription or its end, by ``portalSubscriptionStatus``,
else by ``subscriptions`` where all say the same; ``source`` tells the recipient's own wish from the account's.
UNBOUNCE names no recipient and is skipped. ``sentBy`` leads to the SENT event and stays in the properties; subjects,
addresses of others, places, browsers, IP addresses and texts of mail servers do not.
"""

import polars as pl

from journey_analytics.sources.source import Shape, Source, SourceOptions
from journey_analytics.transform.canonical import in_properties, judge, optional_truth, truth
from journey_analytics.transform.landing import read_landing
from journey_analytics.transform.times import Clock

_EVENT_TYPES = {
    "SENT": "email_sent",
    "PROCESSED": "email_processed",
    "DROPPED": "email_dropped",
    "SUPPRESSED": "email_dropped",
    "DELIVERED": "email_delivered",
    "DEFERRED": "email_deferred",
    "BOUNCE": "email_bounce",
    "OPEN": "email_open",
    "CLICK": "email_click",
    "PRINT": "email_print",
    "FORWARD": "email_forward",
    "SPAMREPORT": "email_spam_report",
    "STATUSCHANGE": "email_status_change",
}
_BY_CUSTOMER = ["OPEN", "CLICK", "PRINT", "FORWARD", "SPAMREPORT"]
_FIELDS = {
    "id": "id",
    "created": "created",
    "type": "type",
    "email": "recipient",
    "campaign_id": "emailCampaignId",
    "filtered": "filteredEvent",
    "url": "url",
    "referrer": "referer",
}
_DROP = (
    "ipAddress",
    "userAgent",
    "browser",
    "location",
    "subject",
    "from",
    "cc",
    "bcc",
    "replyTo",
    "requestedBy",
    "response",
    "dropMessage",
    "suppressedMessage",
)


def shapes(_options: SourceOptions) -> list[Shape]:
    """The one shape: an event."""
    return [
        Shape(
            "event",
            _FIELDS,
            _read,
            when="id",
            unfold=("events",),
            drop=_DROP,
            occurred=Clock("milliseconds"),
        )
    ]


def _read(events: pl.LazyFrame) -> pl.LazyFrame:
    """One event each. Sending is the company's, opening and clicking the customer's, the rest the system's."""
    kind = pl.col("type").str.to_uppercase()
    is_obsolete = in_properties("$.obsoletedBy.id").is_not_null()
    is_change = kind == "STATUSCHANGE"
    status, asked_by = _status(), in_properties("$.source")
    event_type = (
        pl.when(is_change & (status == "UNSUBSCRIBED")).then(pl.lit("email_unsubscribe"))
        .when(is_change & (status == "SUBSCRIBED")).then(pl.lit("email_subscribe"))
        .otherwise(kind.replace_strict(_EVENT_TYPES, default=None, return_dtype=pl.String))
    )  # fmt: skip
    actor = (
        pl.when(is_obsolete).then(pl.lit("system"))
        .when(kind.is_in(_BY_CUSTOMER) | (is_change & asked_by.str.contains("RECIPIENT"))).then(pl.lit("customer"))
        .when((kind == "SENT") | (is_change & asked_by.str.contains("CUSTOMER"))).then(pl.lit("company"))
        .otherwise(pl.lit("system"))
    )  # fmt: skip
    judged = judge(
        events,
        skips=[("unbounce", kind == "UNBOUNCE", "names no recipient")],
        rejects=[
            ("key", pl.col("id").is_null(), "id is missing"),
            ("type", event_type.is_null(), pl.format("unknown type '{}'", pl.col("type").fill_null(""))),
            ("email", pl.col("email").is_null(), "recipient is missing"),
            optional_truth("filtered", "filteredEvent"),
        ],
    )
    in_campaign = pl.col("campaign_id").is_not_null()
    return read_landing(
        judged.with_columns(
            event_id=pl.concat_str("id", "created", separator=":"),
            version=pl.when(is_obsolete).then(pl.lit("obsolete")).otherwise(pl.lit("current")),
            occurred_at="created",
            channel=pl.lit("email"),
            actor=actor,
            event_type=event_type,
            event_name=kind,
            page_url="url",
            campaign_source=pl.when(in_campaign).then(pl.lit("hubspot")),
            campaign_medium=pl.when(in_campaign).then(pl.lit("email")),
            is_machine=truth(pl.col("filtered")),
        )
    )


def _status() -> pl.Expr:
    """SUBSCRIBED or UNSUBSCRIBED; null where the change says neither, or different things of different lists."""
    listed = in_properties("$.subscriptions").fill_null("")
    joins, leaves = (listed.str.contains(f'"{word}"', literal=True) for word in ("SUBSCRIBED", "UNSUBSCRIBED"))
    return pl.coalesce(
        in_properties("$.portalSubscriptionStatus").str.to_uppercase(),
        pl.when(joins & ~leaves).then(pl.lit("SUBSCRIBED")).when(leaves & ~joins).then(pl.lit("UNSUBSCRIBED")),
    )


SOURCE = Source("hubspot", shapes)
