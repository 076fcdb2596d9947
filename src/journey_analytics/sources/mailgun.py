"""Mailgun events: bodies of webhooks (``{"signature", "event-data"}``), or events and pages of the Events API.

``id`` is unique only within a day, so the key is (UTC day of ``timestamp``, ``id``). Both ways of delivery repeat
events: webhooks are retried for hours, and time ranges overlap. ``timestamp`` is in epoch seconds with a fraction.
There is no event called permanent_fail: ``failed`` is told apart by ``severity`` (permanent is a bounce, temporary is
tried again), and what Mailgun did not even try because the address is on a suppression list is dropped. The first
campaign, else the first tag, is the campaign. Opens and clicks whose ``client-info.bot`` names a program are flagged.
``user_id_field`` names the user variable that is the business's customer number. Texts of mail servers, mail headers
(except the message id), IP addresses and what follows from them are left out. Stored incoming mail and uploads of
mailing lists are skipped: no contact with a customer.
"""

from dataclasses import replace

import polars as pl

from journey_analytics.sources.source import Shape, Source, SourceOptions
from journey_analytics.sources.user_agents import is_bot
from journey_analytics.transform.canonical import in_properties, judge, shown
from journey_analytics.transform.landing import read_landing
from journey_analytics.transform.times import Clock, parse_time

_EVENT_TYPES = {
    "accepted": "email_sent",
    "rejected": "email_dropped",
    "delivered": "email_delivered",
    "opened": "email_open",
    "clicked": "email_click",
    "unsubscribed": "email_unsubscribe",
    "complained": "email_spam_report",
}
_FAILURES = {"permanent": "email_bounce", "temporary": "email_deferred"}
_ACTORS = {
    "accepted": "company",
    "opened": "customer",
    "clicked": "customer",
    "unsubscribed": "customer",
    "complained": "customer",
}
_SKIPPED = ["stored", "list_member_uploaded", "list_member_upload_error", "list_uploaded"]
_NO_BOT = ["false", "none"]
_FIELDS = {
    "id": "id",
    "event": "event",
    "timestamp": "timestamp",
    "email": "recipient",
    "url": "url",
    "user_agent": "client-info.user-agent",
}
_DROP = (
    "ip",
    "geolocation",
    "envelope",
    "storage",
    "recipient-domain",
    "message.recipients",
    "message.attachments",
    "message.headers.to",
    "message.headers.from",
    "message.headers.subject",
    "delivery-status.message",
    "delivery-status.description",
)
_CLOCK = Clock("seconds")


class MailgunOptions(SourceOptions):
    """How an e-mail is tied to a customer number.

    Attributes:
        user_id_field: Name of the user variable that carries the business's customer number.
    """

    user_id_field: str | None = None


def shapes(options: MailgunOptions) -> list[Shape]:
    """One shape in two envelopes: the body of a webhook, and a page of the API; events may also stand by themselves."""
    user_id = {"user_id": f"user-variables.{options.user_id_field}"} if options.user_id_field else {}
    event = Shape("event", _FIELDS | user_id, _read, when="event", unfold=("items",), drop=_DROP, occurred=_CLOCK)
    return [event, replace(event, name="webhook", unfold=("event-data",))]


def _read(events: pl.LazyFrame) -> pl.LazyFrame:
    """One event each."""
    event, severity = pl.col("event").str.to_lowercase(), in_properties("$.severity")
    is_suppressed = in_properties("$.reason").str.starts_with("suppress-")
    event_type = (
        pl.when(event != "failed")
        .then(event.replace_strict(_EVENT_TYPES, default=None, return_dtype=pl.String))
        .when((severity == "permanent") & is_suppressed)
        .then(pl.lit("email_dropped"))
        .otherwise(severity.replace_strict(_FAILURES, default=None, return_dtype=pl.String))
    )
    judged = judge(
        events,
        skips=[("no_contact", event.is_in(_SKIPPED), "incoming mail or an uploaded list, no contact with a customer")],
        rejects=[
            ("key", pl.col("id").is_null(), "id is missing"),
            ("severity", (event == "failed") & event_type.is_null(), pl.format(
                "severity '{}' of a failure is neither permanent nor temporary", severity.fill_null(""))),
            ("event", event_type.is_null(), pl.format("unknown event '{}'", shown("event"))),
            ("email", pl.col("email").is_null(), "recipient is missing"),
        ],
    )  # fmt: skip
    campaign_id = in_properties("$.campaigns[0].id")
    campaign_name = pl.coalesce(in_properties(path) for path in ("$.campaigns[0].name", "$.tags[0]"))
    bot = in_properties('$["client-info"].bot').str.to_lowercase()
    in_campaign = campaign_id.is_not_null() | campaign_name.is_not_null()
    day = parse_time(pl.col("timestamp"), _CLOCK).dt.to_string("%Y-%m-%d")
    return read_landing(
        judged.with_columns(
            event_id=pl.concat_str(day, "id", separator=":"),
            occurred_at="timestamp",
            channel=pl.lit("email"),
            actor=event.replace_strict(_ACTORS, default="system", return_dtype=pl.String),
            event_type=event_type,
            event_name=event,
            page_url="url",
            campaign_source=pl.when(in_campaign).then(pl.lit("mailgun")),
            campaign_medium=pl.when(in_campaign).then(pl.lit("email")),
            campaign_name=campaign_name,
            campaign_id=campaign_id,
            is_machine=~bot.is_in(_NO_BOT).fill_null(value=True) | is_bot(pl.col("user_agent")),
        )
    )


SOURCE = Source("mailgun", shapes, MailgunOptions)
