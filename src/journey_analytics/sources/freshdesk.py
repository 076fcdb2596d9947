"""Freshdesk: tickets (with ``include=stats``), their conversations, satisfaction ratings, and contacts.

Each has an ``id`` of its own, and newer rows replace older ones by ``updated_at``. Times are ISO 8601 and may carry an
offset such as +05:30, so versions are compared as times. A ticket is a snapshot of its state, without a history: that
it was created, resolved, closed or reopened follows from ``created_at`` and the times in ``stats``, of which only the
latest of each kind is known, and not who did it. ``first_responded_at`` counts only where no reply of the company is
among the conversations. A ticket without ``stats`` was created, and that is all it tells.

The customer is the ticket's requester, and of an incoming message its author; e-mail and customer number stand in the
contacts, else in the ticket (``include=requester``). Files may arrive in any order: events are derived anew from all
winning rows. Outbound e-mail (source 10) is begun by the company. Tickets marked as spam make no events. Private notes
are skipped, and so are messages made of survey feedback, which the rating tells. Conversations embedded in a ticket
(``include=conversations``, ten at most) are not read. No subject, text or feedback is kept.

Ratings have the codes 103, 102, 101 (happy), 100, -101, -102, -103 (unhappy), which become 7 to 1. The vendor's
examples show some of them; the whole list is as remembered, not checked. Any other code is rejected.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from journey_analytics.sources.source import Derived, Shape, Source, SourceOptions, Target
from journey_analytics.transform.canonical import (
    Verdict,
    judge,
    optional_time,
    optional_truth,
    shown,
    truth,
    vendor_ids,
)
from journey_analytics.transform.times import Clock, version_of_time

_STATUSES = {"2": "open", "3": "pending", "4": "resolved", "5": "closed"}
_VIA = {"1": "email", "2": "portal", "3": "phone", "7": "chat", "9": "feedback_widget", "10": "outbound_email"}
_SCORES = {"103": "7", "102": "6", "101": "5", "100": "4", "-101": "3", "-102": "2", "-103": "1"}
_SURVEY_FEEDBACK = "6"
_MOMENTS = ("first_responded_at", "resolved_at", "closed_at", "reopened_at")
_TICKET = {
    "id": "id",
    "requester_id": "requester_id",
    "requester_email": "requester.email",
    "status": "status",
    "via": "source",
    "is_spam": "spam",
    "created_at": "created_at",
    "updated_at": "updated_at",
    **{name: f"stats.{name}" for name in _MOMENTS},
}
_MESSAGE = {
    "id": "id",
    "ticket_id": "ticket_id",
    "author_id": "user_id",
    "is_incoming": "incoming",
    "is_private": "private",
    "via": "source",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
_RATING = {
    "id": "id",
    "ticket_id": "ticket_id",
    "author_id": "user_id",
    "rating": "ratings.default_question",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
_CONTACT = {"id": "id", "email": "email", "external_id": "unique_external_id", "updated_at": "updated_at"}


def shapes(_options: SourceOptions) -> list[Shape]:
    """Ratings, messages and tickets, which make events; contacts, which are reference rows."""
    kept = Shape("", {}, _contacts, target=Target.ROWS, rest=False)
    return [
        replace(kept, name="rating", fields=_RATING, read=_ratings, when="ratings"),
        replace(kept, name="message", fields=_MESSAGE, read=_messages, when="incoming"),
        replace(kept, name="ticket", fields=_TICKET, read=_tickets, when="requester_id"),
        replace(kept, name="contact", fields=_CONTACT, when="active", is_event=False),
    ]


def _tickets(rows: pl.LazyFrame) -> pl.LazyFrame:
    via = pl.col("via")
    moments = [optional_time(name, Clock()) for name in _MOMENTS]
    return _kept(judge(rows, rejects=[*_rules("ticket"), *moments, optional_truth("is_spam", "spam")])).with_columns(
        event_id=pl.format("ticket:{}:created", "id"),
        occurred_at="created_at",
        channel=pl.lit("support"),
        actor=pl.when(via == "10").then(pl.lit("company")).otherwise(pl.lit("customer")),
        event_type=pl.lit("ticket_created"),
        event_name=pl.lit("created"),
        via=via.replace(_VIA),
        status=pl.col("status").replace(_STATUSES),
        **{name: version_of_time(pl.col(name), Clock()) for name in _MOMENTS},
    )


def _messages(rows: pl.LazyFrame) -> pl.LazyFrame:
    judged = judge(
        rows,
        skips=[
            ("private_note", truth(pl.col("is_private")), "a note between agents"),
            ("survey_feedback", pl.col("via") == _SURVEY_FEEDBACK, "made of a rating, which is read itself"),
        ],
        rejects=[
            *_rules("conversation"),
            ("ticket_id", pl.col("ticket_id").is_null(), "the conversation has no ticket_id"),
            optional_truth("is_private", "private"),
            (
                "incoming",
                ~pl.col("is_incoming").is_in(["true", "false"]).fill_null(value=False),
                "'incoming' is neither true nor false",
            ),
        ],
    )
    incoming = pl.col("is_incoming") == "true"
    return _kept(judged).with_columns(
        event_id=pl.format("message:{}", "id"),
        occurred_at="created_at",
        source_order=pl.when(pl.col("id").str.contains(r"^\d{1,18}$")).then("id"),
        channel=pl.lit("support"),
        actor=pl.when(incoming).then(pl.lit("customer")).otherwise(pl.lit("company")),
        event_type=pl.lit("ticket_comment"),
        event_name=pl.when(incoming).then(pl.lit("incoming")).otherwise(pl.lit("outgoing")),
        requester_id=pl.when(incoming).then("author_id"),
    )


def _ratings(rows: pl.LazyFrame) -> pl.LazyFrame:
    score = pl.col("rating").replace_strict(_SCORES, default=None, return_dtype=pl.String)
    unknown = pl.format(f"unknown rating '{{}}'; known: {', '.join(_SCORES)}", shown("rating"))
    return _kept(judge(rows, rejects=[*_rules("rating"), ("score", score.is_null(), unknown)])).with_columns(
        event_id=pl.format("csat:{}", "id"),
        occurred_at="created_at",
        channel=pl.lit("survey"),
        actor=pl.lit("customer"),
        event_type=pl.lit("csat_response"),
        event_name=pl.lit("satisfaction_rating"),
        score=score,
        requester_id="author_id",
    )


def _contacts(rows: pl.LazyFrame) -> pl.LazyFrame:
    return _kept(judge(rows, rejects=_rules("contact")))


def _kept(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.with_columns(row_key="id", version=version_of_time(pl.col("updated_at"), Clock()).fill_null(""))


def _rules(what: str) -> list[Verdict]:
    return [("key", pl.col("id").is_null(), f"the {what} has no id"), optional_time("updated_at", Clock())]


def _derive(rows: Mapping[str, pl.LazyFrame], _options: SourceOptions) -> Derived:
    """Events of tickets from their snapshots, and who the customer is for all that belongs to a ticket."""
    contacts = rows["contact"].select(contact_id="row_key", contact_email="email", user_id="external_id")
    tickets = rows["ticket"].with_columns(ticket_id="row_key")
    owners = tickets.select("ticket_id", "requester_email", owner_id="requester_id", is_spam=truth(pl.col("is_spam")))
    replied = rows["message"].filter(pl.col("is_incoming") == "false").select("ticket_id")
    resolved = pl.col("resolved_at").is_not_null()
    first_replies = _moment(tickets, "first_responded_at", "ticket_comment", "company")
    events = pl.concat(
        [
            tickets,
            first_replies.join(replied, on="ticket_id", how="anti"),
            _moment(tickets, "resolved_at", "ticket_solved", "system"),
            _moment(tickets.filter(resolved), "closed_at", "ticket_status_changed", "system"),
            _moment(tickets.filter(~resolved), "closed_at", "ticket_solved", "system"),
            _moment(tickets, "reopened_at", "ticket_reopened", "system"),
            rows["message"].drop("via"),
            rows["rating"].with_columns(scale_max=pl.lit(7)),
        ],
        how="diagonal",
    )
    known = (
        events.drop("email", "user_id", "requester_email", "is_spam", strict=False)
        .join(owners, on="ticket_id", how="left")
        .filter(~pl.col("is_spam").fill_null(value=False))
        .with_columns(requester_id=pl.coalesce("requester_id", "owner_id"))
        .join(contacts, left_on="requester_id", right_on="contact_id", how="left")
    )
    is_owner = (pl.col("requester_id") == pl.col("owner_id")).fill_null(value=False)
    return Derived(
        known.with_columns(
            email=pl.coalesce("contact_email", pl.when(is_owner).then("requester_email")),
            vendor_ids=vendor_ids("freshdesk_contact_id", pl.col("requester_id")),
            properties=pl.struct("ticket_id", "via", "status", "scale_max").struct.json_encode(),
        ),
        contacts.select(
            "user_id",
            email="contact_email",
            link_key="contact_id",
            vendor_ids=vendor_ids("freshdesk_contact_id", pl.col("contact_id")),
        ),
    )


def _moment(tickets: pl.LazyFrame, name: str, event_type: str, actor: str) -> pl.LazyFrame:
    """An event of every ticket whose snapshot tells this time."""
    return tickets.filter(pl.col(name).is_not_null()).with_columns(
        event_id=pl.format(f"ticket:{{}}:{name.removesuffix('_at')}", "ticket_id"),
        occurred_at=name,
        event_type=pl.lit(event_type),
        event_name=pl.lit(name.removesuffix("_at")),
        actor=pl.lit(actor),
    )


SOURCE = Source("freshdesk", shapes, derive=_derive)
