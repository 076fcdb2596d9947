"""E-mail: what became of e-mails as SendGrid's event webhook posts it, one JSON array per line."""

from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from journey_analytics.simulate.dirt import NOT_UTF8, Damage, counted, deliver, repeat
from journey_analytics.simulate.files import Feed, Written, write_feed
from journey_analytics.simulate.identifiers import blocked_instead, hex_ids, user_id_at
from journey_analytics.simulate.landings import campaign_names
from journey_analytics.simulate.rhythm import SECOND, stream
from journey_analytics.simulate.world import World

_LARGEST_POST = 50
_MEAN_POST = 15

_DAMAGES = (
    Damage("not_json", '":', '" '),
    Damage("not_utf8", '"event":"', f'"event":"{NOT_UTF8}'),
    Damage("no_email", '"email":"[^"]*",', ""),
    Damage("no_time", '"timestamp":[0-9]+', '"timestamp":"yesterday"'),
    Damage("milliseconds", '"timestamp":([0-9]+)', r'"timestamp":\g<1>000'),
    Damage("unknown_event", '"event":"[a-z]*"', '"event":"teleported"'),
    Damage("email_is_object", '"email":("[^"]*")', r'"email":{"address":\1}'),
)


def sendgrid_rows(mailings: pl.DataFrame, names: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Events of e-mails with ``email`` and, on some e-mails to customers, ``user_id``."""
    drawn = stream(seed, "sendgrid").random(mailings.height)
    return (
        mailings.join(names, on="person", how="left", maintain_order="left")
        .with_columns(user_id=pl.when("names_customer").then(user_id_at("sent_at")))
        .select(*mailings.columns, "email", user_id=blocked_instead("user_id", drawn, world))
    )


def write_sendgrid(rows: pl.DataFrame, folder: Path, world: World, seed: int) -> Written:
    """Write ``email/<month>.ndjson.gz``."""
    rng = stream(seed, "sendgrid files")
    titled = counted(rows).with_columns(
        campaign_name=pl.col("campaign").replace_strict(campaign_names(world), return_dtype=pl.String)
    )
    delivered = repeat(_in_posts(deliver(titled, world, rng), rng), world, rng)
    feed = Feed(
        "sendgrid",
        "email/{month}.ndjson.gz",
        partial(_encode, seed=seed),
        opening="[",
        closing="]",
        damages=_DAMAGES,
    )
    return write_feed(feed, delivered, folder, world, rng)


def _in_posts(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Events in the order of delivery, put together into posts of different sizes, none over two files."""
    in_order = rows.sort("order", "key")
    is_new_file = (pl.col("file") != pl.col("file").shift()).fill_null(value=True)
    run = (pl.Series(rng.random(rows.height) < 1 / _MEAN_POST) | is_new_file).cum_sum()
    is_full = pl.int_range(pl.len()).over(run) % _LARGEST_POST == 0
    posted = in_order.with_columns(batch=is_full.cum_sum().cast(pl.Int64))
    return posted.with_columns(order=pl.col("order").max().over("batch"))


def _encode(rows: pl.DataFrame, seed: int) -> pl.Series:
    """Events; opens say whether a machine did it, and some e-mails carry the customer's number as a unique argument."""
    numbered = rows.with_row_index("row").with_columns(
        event_id=pl.lit("sg-") + hex_ids(rows["key"].to_numpy(), seed, "mail event"),
        message_id=hex_ids(rows["mail"].to_numpy(), seed, "mail").str.slice(2),
    )
    is_open, is_named = pl.col("event") == "open", pl.col("user_id").is_not_null()
    machine, customer = [pl.col("by_machine").alias("sg_machine_open")], [pl.col("user_id").alias("customer_id")]
    kinds = [
        (is_open & is_named, machine + customer),
        (is_open & ~is_named, machine),
        (~is_open & is_named, customer),
        (~is_open & ~is_named, []),
    ]
    encoded = [numbered.filter(applies).select("row", text=_event(optional)) for applies, optional in kinds]
    return pl.concat(encoded).sort("row")["text"]


def _event(optional: list[pl.Expr]) -> pl.Expr:
    return pl.struct(
        "email",
        (pl.col("at") // SECOND).alias("timestamp"),
        "event",
        pl.col("event_id").alias("sg_event_id"),
        pl.col("message_id").alias("sg_message_id"),
        *optional,
        pl.col("campaign").alias("marketing_campaign_id"),
        pl.col("campaign_name").alias("marketing_campaign_name"),
    ).struct.json_encode()
