"""Support: tickets, users and ratings as Zendesk's incremental exports page through them, one page per line."""

from pathlib import Path

import numpy as np
import polars as pl

from journey_analytics.simulate.audits import (
    AUDIT_DAMAGES,
    FIRST_AGENT,
    FIRST_TICKET,
    SUBJECTS,
    encode_audits,
    in_pages,
)
from journey_analytics.simulate.dirt import Damage, all_of_a_file, counted, deliver
from journey_analytics.simulate.files import Feed, Written, write_feed
from journey_analytics.simulate.identifiers import user_id_at
from journey_analytics.simulate.rhythm import iso_seconds, month, one_of, stream
from journey_analytics.simulate.tickets import AGENTS
from journey_analytics.simulate.world import World

_FIRST_RATING = 35_436
_STATUS_AFTER = {
    "opened": "new",
    "answered": "open",
    "solved": "solved",
    "reopened": "open",
    "solved_again": "solved",
    "closed": "closed",
}
_NO_ID = Damage("no_id", '"id":[0-9]+,', "")
_EMAIL_IS_OBJECT = Damage("email_is_object", '"email":("[^"]*")', r'"email":{"address":\1}')
_RATING_DAMAGES = (
    _NO_ID,
    Damage("unknown_score", '"score":"[a-z]*"', '"score":"meh"'),
    Damage("no_time", '"updated_at":"[^"]*"', '"updated_at":"yesterday"'),
)


def zendesk_users(acts: pl.DataFrame, names: pl.DataFrame, world: World) -> pl.DataFrame:
    """States of the people who wrote tickets, by time: when they first wrote, and whenever their user id changed."""
    writers = acts.group_by("person", maintain_order=True).agg(first_at=pl.col("at").min())
    named = writers.join(names, on="person", how="left", maintain_order="left")
    states = [named.with_columns(at="first_at")]
    states += [
        named.with_columns(at=changed).filter(pl.col("at") > pl.col("first_at"))
        for changed in ("registered_at", "renamed_at")
    ]
    known = pl.concat(states).filter(pl.col("at") < world.ends_at).sort("at", "person")
    return known.select("person", "zendesk_user_id", "email", "first_at", "at", user_id=user_id_at("at"))


def write_zendesk(
    acts: pl.DataFrame, ratings: pl.DataFrame, users: pl.DataFrame, folder: Path, world: World, seed: int
) -> list[Written]:
    """Write ``support/{ticket_events,tickets,satisfaction_ratings,users}_<month>.json.gz``."""
    rng = stream(seed, "zendesk files")
    ids = users.select("person", "zendesk_user_id").unique("person", maintain_order=True)
    acts, ratings = (frame.join(ids, on="person", how="left", maintain_order="left") for frame in (acts, ratings))
    exports = {
        "satisfaction_ratings": (_ratings(ratings, world, rng), _encode_ratings, _RATING_DAMAGES),
        "ticket_events": (in_pages(acts, world, rng), encode_audits, AUDIT_DAMAGES),
        "tickets": (_tickets(acts, world, rng), _encode_tickets, (_NO_ID,)),
        "users": (_users(users, world, rng), _encode_users, (_NO_ID, _EMAIL_IS_OBJECT)),
    }
    written: list[Written] = []
    for kind, (rows, encode, damages) in exports.items():
        path, opening = f"support/{kind}_{{month}}.json.gz", f'{{"{kind}":['
        feed = Feed("zendesk", path, encode, opening=opening, closing='],"end_of_stream":true}', damages=damages)
        written.append(write_feed(feed, rows, folder, world, rng))
    return written


def _ratings(ratings: pl.DataFrame, world: World, rng: np.random.Generator) -> pl.DataFrame:
    """States of ratings: the answer has the id of the offer."""
    is_answer = pl.col("score") != "offered"
    delivered = deliver(counted(ratings, "rating"), world, rng)
    return all_of_a_file(delivered.with_columns(cause=pl.when(is_answer).then(pl.lit("changed")).otherwise("cause")))


def _tickets(acts: pl.DataFrame, world: World, rng: np.random.Generator) -> pl.DataFrame:
    """Each ticket as it stood after its last act of a month."""
    status = pl.col("act").replace_strict(_STATUS_AFTER, default=None, return_dtype=pl.String)
    stood = (
        acts.sort("ticket", "at", maintain_order=True)
        .with_columns(
            status=status.forward_fill().over("ticket"),
            opened_at=pl.col("at").first().over("ticket"),
            month=month("at"),
        )
        .group_by("ticket", "month", maintain_order=True)
        .last()
    )
    return all_of_a_file(deliver(counted(stood, is_event=False), world, rng))


def _users(users: pl.DataFrame, world: World, rng: np.random.Generator) -> pl.DataFrame:
    """Agents, who are there from the start, and states of customers."""
    agents = pl.DataFrame({"zendesk_user_id": FIRST_AGENT + np.arange(AGENTS)}).with_columns(
        email=pl.format("agent{}@shop.example.com", pl.int_range(pl.len()) + 1),
        first_at=pl.lit(world.starts_at),
        at=pl.lit(world.starts_at),
        role=pl.lit("agent"),
    )
    everybody = pl.concat([agents, users.with_columns(role=pl.lit("end-user"))], how="diagonal")
    return all_of_a_file(deliver(counted(everybody, is_event=False), world, rng))


def _encode_ratings(rows: pl.DataFrame) -> pl.Series:
    rating = pl.struct(
        (pl.col("rating") + _FIRST_RATING).alias("id"),
        "score",
        pl.col("zendesk_user_id").alias("requester_id"),
        (pl.col("ticket") + FIRST_TICKET).alias("ticket_id"),
        (pl.col("agent") + FIRST_AGENT).alias("assignee_id"),
        iso_seconds("offered_at").alias("created_at"),
        iso_seconds("at").alias("updated_at"),
    )
    return rows.select(rating.struct.json_encode()).to_series()


def _encode_tickets(rows: pl.DataFrame) -> pl.Series:
    ticket = pl.struct(
        (pl.col("ticket") + FIRST_TICKET).alias("id"),
        pl.col("zendesk_user_id").alias("requester_id"),
        one_of(SUBJECTS, pl.col("subject")).alias("subject"),
        "status",
        iso_seconds("opened_at").alias("created_at"),
        iso_seconds("at").alias("updated_at"),
    )
    return rows.select(ticket.struct.json_encode()).to_series()


def _encode_users(rows: pl.DataFrame) -> pl.Series:
    user = pl.struct(
        pl.col("zendesk_user_id").alias("id"),
        "email",
        pl.col("user_id").alias("external_id"),
        "role",
        iso_seconds("first_at").alias("created_at"),
        iso_seconds("at").alias("updated_at"),
    )
    return rows.select(user.struct.json_encode()).to_series()
