"""Postmark webhooks: one JSON object per POST; ``RecordType`` says what became of an e-mail.

Bounces and spam complaints are known by their ``ID``, a 64-bit number that is kept as text. The others have no id:
they are told apart by (RecordType, MessageID, Recipient, time, link), so that a retried POST is a duplicate, and every
open of a message is an event of its own (``FirstOpen`` stays in the properties). Each record has a time of its own
name, in ISO 8601 with up to seven decimals and any offset. A SubscriptionChange goes both ways (``SuppressSending``);
of its origins, Recipient is the person, Customer is the business itself, and Admin is Postmark; where a bounce or a
complaint led to it, it is the system's. A transient bounce is tried again, and so deferred. The ``Tag`` is the
campaign. ``user_id_field`` names the key of ``Metadata`` that is the business's customer number. Subjects, mail texts,
places, user agents and texts of mail servers are left out.
"""

import polars as pl

from journey_analytics.sources.source import Shape, Source, SourceOptions
from journey_analytics.sources.user_agents import is_bot
from journey_analytics.transform.canonical import in_properties, joined_key, judge
from journey_analytics.transform.landing import read_landing

_EVENT_TYPES = {
    "Delivery": "email_delivered",
    "Bounce": "email_bounce",
    "SpamComplaint": "email_spam_report",
    "Open": "email_open",
    "Click": "email_click",
    "SubscriptionChange": "email_subscribe",
}
_WITH_ID = ["Bounce", "SpamComplaint"]
_BY_CUSTOMER = ["Open", "Click", "SpamComplaint"]
_FIELDS = {
    "record_type": "RecordType",
    "id": "ID",
    "recipient": "Recipient",
    "bounced_email": "Email",
    "delivered_at": "DeliveredAt",
    "bounced_at": "BouncedAt",
    "opened_or_clicked_at": "ReceivedAt",
    "changed_at": "ChangedAt",
    "link": "OriginalLink",
    "tag": "Tag",
    "user_agent": "UserAgent",
}
_DROP = ("Content", "Subject", "From", "Name", "Details", "Description", "Geo", "Client", "OS", "DumpAvailable")


class PostmarkOptions(SourceOptions):
    """How an e-mail is tied to a customer number.

    Attributes:
        user_id_field: Name of the key of ``Metadata`` that carries the business's customer number.
    """

    user_id_field: str | None = None


def shapes(options: PostmarkOptions) -> list[Shape]:
    """The one shape: a record of a webhook."""
    user_id = {"user_id": f"Metadata.{options.user_id_field}"} if options.user_id_field else {}
    return [Shape("record", _FIELDS | user_id, _read, when="RecordType", drop=_DROP)]


def _read(records: pl.LazyFrame) -> pl.LazyFrame:
    """One event each."""
    kind = pl.col("record_type")
    is_change, suppress = kind == "SubscriptionChange", in_properties("$.SuppressSending")
    origin, reason = in_properties("$.Origin"), in_properties("$.SuppressionReason")
    email = pl.coalesce("recipient", "bounced_email")
    event_type = (
        pl.when(is_change & (suppress == "true")).then(pl.lit("email_unsubscribe"))
        .when((kind == "Bounce") & (in_properties("$.Type") == "Transient")).then(pl.lit("email_deferred"))
        .otherwise(kind.replace_strict(_EVENT_TYPES, default=None, return_dtype=pl.String))
    )  # fmt: skip
    by_person = is_change & (origin == "Recipient") & (reason.is_null() | (reason == "ManualSuppression"))
    actor = (
        pl.when(kind.is_in(_BY_CUSTOMER) | by_person).then(pl.lit("customer"))
        .when(is_change & (origin == "Customer")).then(pl.lit("company"))
        .otherwise(pl.lit("system"))
    )  # fmt: skip
    at = (
        pl.when(kind == "Delivery").then("delivered_at")
        .when(kind.is_in(_WITH_ID)).then("bounced_at")
        .when(is_change).then("changed_at")
        .otherwise("opened_or_clicked_at")
    )  # fmt: skip
    judged = judge(
        records,
        rejects=[
            ("event", event_type.is_null(), pl.format("unknown RecordType '{}'", kind.fill_null(""))),
            ("email", email.is_null(), "neither Recipient nor Email"),
            ("suppress", is_change & ~suppress.is_in(["true", "false"]).fill_null(value=False), pl.format(
                "SuppressSending '{}' is neither true nor false", suppress.fill_null(""))),
        ],
    )  # fmt: skip
    parts = [kind, in_properties("$.MessageID"), email.str.to_lowercase(), at, pl.col("link")]
    return read_landing(
        judged.with_columns(
            event_id=pl.when(kind.is_in(_WITH_ID)).then("id"),
            key=joined_key(*parts),
            occurred_at=at,
            channel=pl.lit("email"),
            actor=actor,
            event_type=event_type,
            event_name=kind,
            email=email,
            page_url="link",
            campaign_source=pl.when(pl.col("tag").is_not_null()).then(pl.lit("postmark")),
            campaign_medium=pl.when(pl.col("tag").is_not_null()).then(pl.lit("email")),
            campaign_name="tag",
            is_machine=is_bot(pl.col("user_agent")),
        )
    )


SOURCE = Source("postmark", shapes, PostmarkOptions)
