"""SendGrid event webhook: each POST is a JSON array of what became of e-mails.

``sg_event_id`` is the key: delivery is at least once, retried for a day, in any order. Events without it are told
apart by (email, event, timestamp, url). ``timestamp`` is in epoch seconds. A unique argument given at sending stands
among the top-level keys; ``user_id_field`` names the one that is the business's customer number.
"""

import polars as pl

from journey_analytics.sources.source import Shape, Source, SourceOptions
from journey_analytics.transform.canonical import joined_key, judge, optional_truth, truth
from journey_analytics.transform.landing import read_landing
from journey_analytics.transform.times import Clock

_EVENT_TYPES = {
    "processed": "email_sent",
    "deferred": "email_deferred",
    "delivered": "email_delivered",
    "bounce": "email_bounce",
    "dropped": "email_dropped",
    "open": "email_open",
    "click": "email_click",
    "spamreport": "email_spam_report",
    "unsubscribe": "email_unsubscribe",
    "group_unsubscribe": "email_unsubscribe",
    "group_resubscribe": "email_subscribe",
}
_BY_CUSTOMER = ["email_open", "email_click", "email_spam_report", "email_unsubscribe", "email_subscribe"]
_FIELDS = {
    "sg_event_id": "sg_event_id",
    "email": "email",
    "event": "event",
    "timestamp": "timestamp",
    "url": "url",
    "machine_open": "sg_machine_open",
    "marketing_campaign_id": "marketing_campaign_id",
    "marketing_campaign_name": "marketing_campaign_name",
}


class SendGridOptions(SourceOptions):
    """How an e-mail is tied to a customer number.

    Attributes:
        user_id_field: Name of the unique argument that carries the business's customer number.
    """

    user_id_field: str | None = None


def shapes(options: SendGridOptions) -> list[Shape]:
    """The one shape: an event of the webhook."""
    user_id = {"user_id": options.user_id_field} if options.user_id_field else {}
    return [
        Shape(
            "event",
            _FIELDS | user_id,
            _read,
            drop=("ip", "useragent", "url_offset"),
            occurred=Clock("seconds"),
        )
    ]


def _read(events: pl.LazyFrame) -> pl.LazyFrame:
    """One event each. Sends and deliveries are the company's; opens by a mail client's proxy are flagged."""
    event = pl.col("event").str.to_lowercase()
    event_type = event.replace_strict(_EVENT_TYPES, default=None, return_dtype=pl.String)
    marketing = pl.col("marketing_campaign_id").is_not_null() | pl.col("marketing_campaign_name").is_not_null()
    judged = judge(
        events,
        skips=[("account_event", event == "account_status_change", "about the account, not about a customer")],
        rejects=[
            ("email", pl.col("email").is_null(), "email is missing"),
            ("event", event_type.is_null(), pl.format("unknown event '{}'", pl.col("event").fill_null(""))),
            optional_truth("machine_open", "sg_machine_open"),
        ],
    )
    return read_landing(
        judged.with_columns(
            event_id="sg_event_id",
            key=joined_key("email", "event", "timestamp", "url"),
            occurred_at="timestamp",
            channel=pl.lit("email"),
            actor=pl.when(event_type == "email_sent")
            .then(pl.lit("company"))
            .when(event_type.is_in(_BY_CUSTOMER))
            .then(pl.lit("customer"))
            .otherwise(pl.lit("system")),
            event_type=event_type,
            event_name=event,
            page_url="url",
            campaign_source=pl.when(marketing).then(pl.lit("sendgrid")),
            campaign_medium=pl.when(marketing).then(pl.lit("email")),
            campaign_name="marketing_campaign_name",
            campaign_id="marketing_campaign_id",
            is_machine=truth(pl.col("machine_open")),
        )
    )


SOURCE = Source("sendgrid", shapes, SendGridOptions)
