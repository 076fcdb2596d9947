"""Mailchimp: the email-activity report of campaigns, and the webhooks of an audience.

The report is JSON, ``{"emails": [{"campaign_id", "email_id", "activity": [...]}]}``; a row is one activity (open,
click, bounce). It has no id: the key is (campaign_id, email_id, action, timestamp, url), and pages and exports that
overlap repeat it. Times have an offset. Nobody's send time is in it, nor does it tell a mail program's opens.

Webhooks come as forms: a ``.form`` file holds one body per line, as it was posted. They may also come as JSON lines,
with the keys of the form (``data[email]``) or as most web frameworks nest them (``data.email``). The key is (type,
list, address, ``fired_at``); ``fired_at`` has no zone and is read in ``time_zone``. A cleaned address bounced; with
the reason abuse it was a complaint, and so is an unsubscribe with that reason. A deletion is the company's act. An
upemail links the new address to the old one. Profile changes are identify events. Campaign webhooks say nothing about
a customer and are skipped. A webhook does not say whether a subscriber or an import changed the audience: let it fire
for subscribers' changes only.

``email_id`` is the MD5 of the lower-cased address and a vendor id; a webhook's ``data[id]`` is Mailchimp's own number
of an address, of another kind unless it looks like an MD5. Merge fields (names, telephone numbers) are not read, except
``user_id_field``, the one that is the business's customer number. IP addresses are left out.
"""

import polars as pl

from journey_analytics.config.setting_values import TimeZone
from journey_analytics.sources.source import Shape, Source, SourceOptions
from journey_analytics.transform.canonical import joined_key, judge, vendor_ids
from journey_analytics.transform.landing import read_landing
from journey_analytics.transform.times import Clock

_ACTIVITY = {
    "campaign_id": "parent.campaign_id",
    "list_id": "parent.list_id",
    "email_id": "parent.email_id",
    "email": "parent.email_address",
    "action": "child.action",
    "bounce_type": "child.type",
    "timestamp": "child.timestamp",
    "url": "child.url",
}
_WEBHOOK = {
    "list_id": ("list_id",),
    "member_id": ("id",),
    "address": ("email",),
    "new_email": ("new_email",),
    "old_email": ("old_email",),
    "new_id": ("new_id",),
    "action": ("action",),
    "stated_reason": ("reason",),
    "campaign_id": ("campaign_id",),
    "email_type": ("email_type",),
}
_ACTIONS = {"open": "email_open", "click": "email_click", "bounce": "email_bounce"}
_EVENT_TYPES = {
    "subscribe": "email_subscribe",
    "unsubscribe": "email_unsubscribe",
    "cleaned": "email_bounce",
    "profile": "identify",
    "upemail": "identify",
}


class MailchimpOptions(SourceOptions):
    """What webhooks do not say themselves.

    Attributes:
        time_zone: Zone of ``fired_at``, which has no offset.
        user_id_field: Name of the merge field that carries the business's customer number.
    """

    time_zone: TimeZone = "UTC"
    user_id_field: str | None = None


def shapes(options: MailchimpOptions) -> list[Shape]:
    """Activities in a report; webhooks with nested and with flat keys."""
    paths = _WEBHOOK | ({"user_id": ("merges", options.user_id_field)} if options.user_id_field else {})
    said = {"type": "type", "fired_at": "fired_at"}
    nested = said | {name: ".".join(("data", *path)) for name, path in paths.items()}
    flat = said | {name: "data" + "".join(f"[{key}]" for key in path) for name, path in paths.items()}
    clock = Clock(zone=options.time_zone)
    return [
        Shape("activity", _ACTIVITY, _activities, when="activity", unfold=("emails", "activity"), rest=False),
        Shape("nested_webhook", nested, _webhooks, when="data", rest=False, occurred=clock),
        Shape("webhook", flat, _webhooks, when="fired_at", rest=False, occurred=clock),
    ]


def _activities(rows: pl.LazyFrame) -> pl.LazyFrame:
    """One event per activity."""
    action = pl.col("action").str.to_lowercase()
    event_type = action.replace_strict(_ACTIONS, default=None, return_dtype=pl.String)
    judged = judge(
        rows,
        rejects=[
            ("action", event_type.is_null(), pl.format("unknown action '{}'", pl.col("action").fill_null(""))),
            ("key", pl.col("email_id").is_null(), "email_id is missing"),
            ("campaign_id", pl.col("campaign_id").is_null(), "campaign_id is missing"),
        ],
    )
    return read_landing(
        judged.with_columns(
            key=joined_key("campaign_id", "email_id", "action", "timestamp", "url"),
            occurred_at="timestamp",
            channel=pl.lit("email"),
            actor=pl.when(action == "bounce").then(pl.lit("system")).otherwise(pl.lit("customer")),
            event_type=event_type,
            event_name=action,
            vendor_ids=vendor_ids("mailchimp_email_id", pl.col("email_id").str.to_lowercase()),
            page_url="url",
            campaign_source=pl.lit("mailchimp"),
            campaign_medium=pl.lit("email"),
            properties=pl.struct("list_id", "bounce_type").struct.json_encode(),
        )
    )


def _webhooks(rows: pl.LazyFrame) -> pl.LazyFrame:
    """One event per webhook."""
    kind = pl.col("type").str.to_lowercase()
    is_move, is_abuse = kind == "upemail", (pl.col("stated_reason") == "abuse").fill_null(value=False)
    address = pl.when(is_move).then("new_email").otherwise("address").str.strip_chars().str.to_lowercase()
    old_address = pl.when(is_move).then("old_email").str.strip_chars().str.to_lowercase()
    event_type = (
        pl.when(kind.is_in(["cleaned", "unsubscribe"]) & is_abuse).then(pl.lit("email_spam_report"))
        .otherwise(kind.replace_strict(_EVENT_TYPES, default=None, return_dtype=pl.String))
    )  # fmt: skip
    is_deletion = (kind == "unsubscribe") & (pl.col("action") == "delete")
    judged = judge(
        rows,
        skips=[("campaign", kind == "campaign", "about a campaign, not about a customer")],
        rejects=[
            ("type", event_type.is_null(), pl.format("unknown type '{}'", pl.col("type").fill_null(""))),
            ("email", address.replace("", None).is_null(), "the e-mail address is missing"),
            ("old_email", is_move & old_address.replace("", None).is_null(), "the old e-mail address is missing"),
        ],
    )
    member_id = pl.coalesce("member_id", "new_id")
    is_md5 = member_id.str.contains(r"^[0-9a-fA-F]{32}$")
    in_campaign = pl.col("campaign_id").is_not_null()
    return judged.with_columns(email=address).with_columns(
        key=joined_key("type", "list_id", "email", "fired_at"),
        occurred_at="fired_at",
        channel=pl.lit("email"),
        actor=pl.when(is_deletion).then(pl.lit("company"))
        .when((kind == "cleaned") & ~is_abuse).then(pl.lit("system"))
        .otherwise(pl.lit("customer")),
        event_type=event_type,
        event_name=kind,
        vendor_ids=pl.coalesce(
            vendor_ids("email", old_address),
            vendor_ids("mailchimp_email_id", pl.when(is_md5).then(member_id.str.to_lowercase())),
            vendor_ids("mailchimp_id", member_id),
        ),
        campaign_source=pl.when(in_campaign).then(pl.lit("mailchimp")),
        campaign_medium=pl.when(in_campaign).then(pl.lit("email")),
                properties=pl.struct("list_id", "action", "email_type", reason="stated_reason").struct.json_encode(),
    )  # fmt: skip


SOURCE = Source("mailchimp", shapes, MailchimpOptions)
