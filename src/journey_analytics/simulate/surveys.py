"""Surveys: answers as the survey tool exports them, one CSV row each, in local time."""

from functools import partial
from pathlib import Path

import polars as pl

from journey_analytics.simulate.dirt import NOT_UTF8, Damage, counted, deliver, each_alone, repeat
from journey_analytics.simulate.files import Feed, Written, write_feed
from journey_analytics.simulate.identifiers import blocked_instead, user_id_at
from journey_analytics.simulate.rhythm import instant, one_of, stream
from journey_analytics.simulate.world import World

_HEADER = "response_id,respondent_email,user_id,responded_at,updated_at,metric,score,comment"
_COMMENTS = (
    "Works well",
    "Too slow on my phone",
    "Could be cheaper",
    "Easy to set up",
    "Love it",
    "Nothing special",
    '"Good value, quick delivery"',
    '"Support answered, but late"',
    '"They call it ""simple"", I do not"',
)
_PLAIN_COMMENTS = 6
_TIME = "[0-9-]{10}T[0-9:]{8}"

_DAMAGES = (
    Damage("not_utf8", "^r-", f"r-{NOT_UTF8}"),
    Damage("no_id", "^[^,]*,[^,]*,", ",,"),
    Damage("month_first_time", f",{_TIME},", ",03/14/2026 10:15 AM,"),
    Damage("epoch_seconds", f",{_TIME},", ",1773479700,"),
    Damage("score_out_of_range", ",nps,[0-9]+,", ",nps,11,", pl.col("metric") == "nps"),
    Damage("no_score", ",(nps|csat),[0-9]+,", r",\1,,"),
    Damage("unknown_metric", ",(nps|csat),", ",stars,"),
    Damage("too_many_fields", "$", ",surplus"),
    Damage(
        "unclosed_quote",
        ",([^,]*)$",
        r',"\1',
        (pl.col("comment") % len(_COMMENTS) < _PLAIN_COMMENTS).fill_null(value=True),
        alone=True,
    ),
)


def survey_rows(answers: pl.DataFrame, names: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Answers with ``email``, ``user_id`` or both."""
    drawn = stream(seed, "surveys").random(answers.height)
    return (
        answers.join(names, on="person", how="left", maintain_order="left")
        .with_columns(
            email=pl.when("by_email").then("email"), user_id=pl.when("by_user").then(user_id_at("responded_at"))
        )
        .select(*answers.columns, "email", user_id=blocked_instead("user_id", drawn, world))
    )


def write_surveys(rows: pl.DataFrame, folder: Path, world: World, seed: int) -> Written:
    """Write ``surveys/<month>.csv.gz``."""
    rng = stream(seed, "survey files")
    is_change = pl.col("at") != pl.col("responded_at")
    delivered = deliver(counted(rows, "answer"), world, rng).with_columns(
        cause=pl.when(is_change).then(pl.lit("changed")).otherwise("cause")
    )
    feed = Feed(
        "surveys",
        "surveys/{month}.csv.gz",
        partial(_encode, time_zone=world.time_zone),
        header=_HEADER,
        damages=_DAMAGES,
    )
    return write_feed(feed, repeat(each_alone(delivered), world, rng), folder, world, rng)


def _encode(rows: pl.DataFrame, time_zone: str) -> pl.Series:
    def local(column: str) -> pl.Expr:
        return instant(column).dt.convert_time_zone(time_zone).dt.to_string("%Y-%m-%dT%H:%M:%S")

    fields = (
        pl.format("r-{}", "answer"),
        pl.col("email").fill_null(""),
        pl.col("user_id").fill_null(""),
        local("responded_at"),
        local("at"),
        "metric",
        pl.col("score").cast(pl.String),
        one_of(_COMMENTS, pl.col("comment")).fill_null(""),
    )
    return rows.select(pl.concat_str(*fields, separator=",")).to_series()
