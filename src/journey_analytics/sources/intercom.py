"""Intercom: conversations as the API returns them, one by one or in lists (``conversations``).

A conversation makes several rows: itself (it started), each of its parts, and its rating. Keys are the conversation's
id, conversation id and part id, and the conversation's id again for its one rating. Fetching again repeats them all,
so every row carries the conversation's ``updated_at`` as version: the latest fetch wins, as ratings are changed and
leads become users. Lists leave the parts out, and a single fetch gives 500 at most: older fetches keep what they had.

Times are epoch seconds. A part is timed by ``created_at``; a rating by ``updated_at``, as its ``created_at`` is when it
was asked for. The customer is the contact who wrote; of what others write it is the first of ``contacts``. Admins and
teams are the company, bots the system; campaigns and bots may start a conversation too. ``close`` solves, opening
again reopens, snoozing changes the status. Notes are private and skipped; so are assignments and other acts inside the
desk, whose part types are many and grow. No text that people wrote is kept, nor a subject or a name.
"""

import polars as pl

from journey_analytics.sources.source import Shape, Source, SourceOptions
from journey_analytics.transform.canonical import Verdict, judge, optional_time, shown, vendor_ids
from journey_analytics.transform.landing import read_landing
from journey_analytics.transform.times import Clock, version_of_time

_SECONDS = Clock("seconds")
_ACTORS = {
    "user": "customer",
    "lead": "customer",
    "contact": "customer",
    "admin": "company",
    "team": "company",
    "bot": "system",
}
_PART_TYPES = {
    "comment": "ticket_comment",
    "quick_reply": "ticket_comment",
    "close": "ticket_solved",
    "open": "ticket_reopened",
    "note_and_reopen": "ticket_reopened",
    "assign_and_reopen": "ticket_reopened",
    "snoozed": "ticket_status_changed",
    "unsnoozed": "ticket_status_changed",
    "timer_unsnooze": "ticket_status_changed",
}
_CONVERSATION = {
    "conversation_id": "id",
    "updated_at": "updated_at",
    "contact_id": "contacts.contacts.0.id",
    "external_id": "contacts.contacts.0.external_id",
    "delivered_as": "source.delivered_as",
    "via": "source.type",
}
_START = _CONVERSATION | {
    "created_at": "created_at",
    "author_type": "source.author.type",
    "author_id": "source.author.id",
    "author_email": "source.author.email",
    "url": "source.url",
}
_PART = {name: f"parent.{path}" for name, path in _CONVERSATION.items()} | {
    "part_id": "child.id",
    "part_type": "child.part_type",
    "created_at": "child.created_at",
    "author_type": "child.author.type",
    "author_id": "child.author.id",
    "author_email": "child.author.email",
}
_RATING = _CONVERSATION | {
    "rating": "conversation_rating.rating",
    "asked_at": "conversation_rating.created_at",
    "rated_at": "conversation_rating.updated_at",
    "author_id": "conversation_rating.contact.id",
}


def shapes(_options: SourceOptions) -> list[Shape]:
    """A conversation, and beside it its parts and its rating."""
    lists, parts = "conversations", "conversation_parts.conversation_parts"
    return [
        Shape("conversation", _START, _starts, when="source", unfold=(lists,), rest=False, occurred=_SECONDS),
        Shape("part", _PART, _parts, when=parts, unfold=(lists, parts), beside=True, rest=False, occurred=_SECONDS),
        Shape("rating", _RATING, _ratings, when="conversation_rating", unfold=(lists,), beside=True, rest=False,
              occurred=_SECONDS),
    ]  # fmt: skip


def _starts(rows: pl.LazyFrame) -> pl.LazyFrame:
    """A conversation began; one that a campaign, an agent or a bot began is not the customer's act."""
    return read_landing(
        _said_by_author(judge(rows, rejects=[*_conversation_rules(), _known_author()])).with_columns(
            event_id="conversation_id",
            occurred_at="created_at",
            source_order=pl.lit("0"),
            channel=pl.lit("support"),
            event_type=pl.lit("ticket_created"),
            event_name=pl.coalesce("delivered_as", pl.lit("conversation")),
            page_url="url",
            properties=pl.struct("conversation_id", "via", "delivered_as").struct.json_encode(),
        )
    )


def _parts(rows: pl.LazyFrame) -> pl.LazyFrame:
    kind = pl.col("part_type")
    event_type = kind.replace_strict(_PART_TYPES, default=None, return_dtype=pl.String)
    judged = judge(
        rows,
        skips=[
            ("private_note", kind == "note", "a note between agents"),
            ("not_a_contact", event_type.is_null() & kind.is_not_null(), "an act inside the desk"),
        ],
        rejects=[
            *_conversation_rules(),
            ("key", pl.col("part_id").is_null(), "the part has no id"),
            ("part_type", kind.is_null(), "the part has no part_type"),
            _known_author(),
        ],
    )
    return _said_by_author(judged).with_columns(
        event_id=pl.concat_str("conversation_id", "part_id", separator=":"),
        occurred_at="created_at",
        source_order=pl.when(pl.col("part_id").str.contains(r"^\d{1,18}$")).then("part_id"),
        channel=pl.lit("support"),
        event_type=event_type,
        event_name=kind,
        properties=pl.struct("conversation_id", "via").struct.json_encode(),
    )


def _ratings(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Asked for, until there is an answer from 1 to 5."""
    rating = pl.col("rating")
    asked = rating.is_null()
    judged = judge(
        rows,
        skips=[("not_offered", asked & pl.col("asked_at").is_null(), "the customer was not asked")],
        rejects=[
            *_conversation_rules(),
            ("score", ~asked & ~rating.is_in(["1", "2", "3", "4", "5"]), pl.format("rating {} outside 1..5", rating)),
        ],
    )
    return _said_by_contact(judged, by_contact=pl.lit(value=True)).with_columns(
        event_id=pl.format("csat:{}", "conversation_id"),
        occurred_at=pl.when(asked).then("asked_at").otherwise(pl.coalesce("rated_at", "asked_at")),
        channel=pl.lit("survey"),
        actor=pl.when(asked).then(pl.lit("system")).otherwise(pl.lit("customer")),
        event_type=pl.when(asked).then(pl.lit("csat_offered")).otherwise(pl.lit("csat_response")),
        event_name=pl.lit("conversation_rating"),
        score=rating,
        properties=pl.struct("conversation_id", scale_max=pl.lit(5)).struct.json_encode(),
    )


def _conversation_rules() -> list[Verdict]:
    return [
        ("key", pl.col("conversation_id").is_null(), "the conversation has no id"),
        optional_time("updated_at", _SECONDS),
    ]


def _known_author() -> Verdict:
    author = pl.col("author_type")
    known = f"allowed: {', '.join(_ACTORS)}"
    found = pl.format(f"unknown author type '{{}}'; {known}", shown("author_type"))
    return "author", ~author.is_in(list(_ACTORS)).fill_null(value=False), found


def _said_by_author(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Actor and customer of what an author wrote."""
    actor = pl.col("author_type").replace_strict(_ACTORS, default=None, return_dtype=pl.String)
    by_contact = (actor == "customer").fill_null(value=False)
    return _said_by_contact(rows, by_contact).with_columns(actor=actor, email=pl.when(by_contact).then("author_email"))


def _said_by_contact(rows: pl.LazyFrame, by_contact: pl.Expr) -> pl.LazyFrame:
    """The contact who wrote, else the first of the conversation; external ids are known of the first only."""
    first = pl.col("contact_id")
    who = pl.coalesce(pl.when(by_contact).then("author_id"), first)
    return rows.with_columns(
        vendor_ids=vendor_ids("intercom_contact_id", who),
        user_id=pl.when((who == first).fill_null(value=False)).then("external_id"),
        version=version_of_time(pl.col("updated_at"), _SECONDS),
    )


SOURCE = Source("intercom", shapes)
