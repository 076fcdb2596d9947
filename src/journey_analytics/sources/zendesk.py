"""Zendesk: incremental ticket events, with the users, tickets and satisfaction ratings they refer to.

The unit is the child event of an audit; its ``id`` is the key, and overlapping pages repeat it. The customer is the
ticket's requester, never the updater: a change event names neither requester nor e-mail, which stand in the ticket's
Create event or in the tickets export, and in the users export. Those files may arrive in any order: events are
derived anew from all winning rows. ``updater_id`` -1 is a rule of the system. A rating is known by its id and moves
from offered to good or bad with a new ``updated_at``. Private notes and changes of anything but the status are
skipped. A user or ticket row without ``updated_at`` counts as older than any with one.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from journey_analytics.sources.source import Derived, Shape, Source, SourceOptions, Target
from journey_analytics.transform.canonical import judge, optional_time, optional_truth, truth, vendor_ids
from journey_analytics.transform.times import Clock, version_of_time

_CHILD = {
    "child_id": "child.id",
    "child_type": "child.event_type",
    "status": "child.status",
    "previous_status": "child.previous_value",
    "author_id": "child.author_id",
    "requester_id": "child.requester_id",
    "is_public": "child.public",
    "ticket_id": "parent.ticket_id",
    "updater_id": "parent.updater_id",
    "timestamp": "parent.timestamp",
    "subject": "child.subject",
    "via": "child.via",
}
_USER = {
    "id": "id",
    "email": "email",
    "external_id": "external_id",
    "role": "role",
    "updated_at": "updated_at",
}
_TICKET = {"id": "id", "requester_id": "requester_id", "updated_at": "updated_at", "subject": "subject"}
_RATING = {
    "id": "id",
    "score_name": "score",
    "requester_id": "requester_id",
    "ticket_id": "ticket_id",
    "rating_reason": "reason",
    "updated_at": "updated_at",
}
_USED = ("status", "previous_status", "subject", "via")


def shapes(_options: SourceOptions) -> list[Shape]:
    """Child events and ratings, which are events; users and tickets, which are reference rows."""
    kept = Shape("", {}, _references, target=Target.ROWS, rest=False)
    child_events = ("ticket_events", "child_events")
    return [
        replace(kept, name="child_event", fields=_CHILD, read=_child_events, when="child_events", unfold=child_events,
                occurred=Clock("seconds")),
        replace(kept, name="rating", fields=_RATING, read=_ratings, when="score", unfold=("satisfaction_ratings",)),
        replace(kept, name="user", fields=_USER, when="role", unfold=("users",), is_event=False),
        replace(kept, name="ticket", fields=_TICKET, when="requester_id", unfold=("tickets",), is_event=False),
    ]  # fmt: skip


def _child_events(rows: pl.LazyFrame) -> pl.LazyFrame:
    kind, status, previous = pl.col("child_type"), pl.col("status"), pl.col("previous_status")
    finished = ["solved", "closed"]
    event_type = (
        pl.when(kind == "Create").then(pl.lit("ticket_created"))
        .when(kind == "Comment").then(pl.lit("ticket_comment"))
        .when(status == "solved").then(pl.lit("ticket_solved"))
        .when(previous.is_in(finished) & ~status.is_in(finished)).then(pl.lit("ticket_reopened"))
        .otherwise(pl.lit("ticket_status_changed"))
    )  # fmt: skip
    judged = judge(
        rows,
        skips=[
            ("private_note", (kind == "Comment") & ~truth(pl.col("is_public")), "a note between agents"),
            (
                "not_a_status",
                (kind == "Change") & status.is_null(),
                "a change of something else than the status",
            ),
            (
                "not_a_contact",
                ~kind.is_in(["Create", "Comment", "Change"]),
                "neither ticket, comment nor status",
            ),
        ],
        rejects=[
            ("key", pl.col("child_id").is_null(), "the child event has no id"),
            ("ticket_id", pl.col("ticket_id").is_null(), "the audit has no ticket_id"),
            optional_truth("is_public", "public"),
        ],
    )
    return judged.with_columns(
        row_key="child_id",
        event_id="child_id",
        occurred_at="timestamp",
        source_order="child_id",
        channel=pl.lit("support"),
        actor=pl.lit("company"),
        event_type=event_type,
        event_name=kind,
    )


def _ratings(rows: pl.LazyFrame) -> pl.LazyFrame:
    name = pl.col("score_name").str.to_lowercase()
    offered = name.is_in(["offered", "unoffered"])
    judged = judge(
        rows,
        skips=[("not_offered", name == "unoffered", "the customer was not asked")],
        rejects=[
            ("key", pl.col("id").is_null(), "the rating has no id"),
            (
                "score",
                ~name.is_in(["offered", "good", "bad"]),
                pl.format("unknown score '{}'", pl.col("score_name")),
            ),
        ],
    )
    return judged.with_columns(
        row_key="id",
        version=version_of_time(pl.col("updated_at"), Clock()),
        event_id=pl.format("csat:{}", pl.col("id")),
        occurred_at="updated_at",
        channel=pl.lit("survey"),
        actor=pl.when(offered).then(pl.lit("system")).otherwise(pl.lit("customer")),
        event_type=pl.when(offered).then(pl.lit("csat_offered")).otherwise(pl.lit("csat_response")),
        event_name=name,
        score=name.replace_strict({"good": "1", "bad": "0"}, default=None, return_dtype=pl.String),
    )


def _references(rows: pl.LazyFrame) -> pl.LazyFrame:
    no_id = ("key", pl.col("id").is_null(), "the row has no id")
    judged = judge(rows, rejects=[no_id, optional_time("updated_at", Clock())])
    return judged.with_columns(row_key="id", version=version_of_time(pl.col("updated_at"), Clock()).fill_null(""))


def _derive(rows: Mapping[str, pl.LazyFrame], _options: SourceOptions) -> Derived:
    """Put requester, e-mail and customer number on every event of a ticket."""
    users = rows["user"].select(
        requester_id="row_key",
        email="email",
        user_id="external_id",
        is_agent=pl.col("role").is_in(["agent", "admin"]),
    )
    exported = rows["ticket"].select(ticket_id="row_key", requester="requester_id")
    created = rows["child_event"].filter(pl.col("requester_id").is_not_null()).select("ticket_id", first="requester_id")
    requesters = (
        created.group_by("ticket_id").agg(pl.col("first").min())
        .join(exported, on="ticket_id", how="full", coalesce=True)
        .select("ticket_id", requester_id=pl.coalesce("requester", "first"))
    )  # fmt: skip
    acting = pl.coalesce("author_id", "updater_id")
    tickets = (
        rows["child_event"].drop("requester_id")
        .join(requesters, on="ticket_id", how="left")
        .with_columns(
            actor=pl.when(acting == pl.col("requester_id")).then(pl.lit("customer"))
            .when(acting == "-1").then(pl.lit("system"))
            .otherwise(pl.lit("company")),
            properties=pl.struct("ticket_id", *_USED).struct.json_encode(),
        )
    )  # fmt: skip
    ratings = rows["rating"].with_columns(
        properties=pl.struct("ticket_id", reason="rating_reason", scale_max=pl.lit(1)).struct.json_encode()
    )
    events = (
        pl.concat([tickets, ratings], how="diagonal")
        .drop("email", "user_id", strict=False)
        .join(users, on="requester_id", how="left")
    )
    return Derived(
        events.with_columns(vendor_ids=vendor_ids("zendesk_user_id", pl.col("requester_id"))),
        users.filter(~pl.col("is_agent")).select(
            "email",
            "user_id",
            link_key="requester_id",
            vendor_ids=vendor_ids("zendesk_user_id", pl.col("requester_id")),
        ),
    )


SOURCE = Source("zendesk", shapes, derive=_derive)
