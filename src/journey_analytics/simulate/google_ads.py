"""Ads: clicks and daily costs as Google Ads answers a searchStream call, one answer per line."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from journey_analytics.simulate.dirt import NOT_UTF8, Damage, all_of_a_file, counted, deliver, repeat
from journey_analytics.simulate.files import Feed, Written, write_feed
from journey_analytics.simulate.landings import AD_CAMPAIGN_NAMES, AD_CAMPAIGNS
from journey_analytics.simulate.rhythm import DAY, instant, one_of, stream
from journey_analytics.simulate.world import World

_ACCOUNT = "4811200017"
_KEYWORDS = ("order online", "best tools", "compare tools", "spring offer", "tools for teams")
_MICROS_PER_CLICK = (310_000, 820_000, 1_150_000, 640_000)
_IMPRESSIONS_PER_CLICK, _CLICKS_PER_CONVERSION = 24, 5
_RESTATED_DAYS = 7

_CLICK_DAMAGES = (
    Damage("not_json", '":', '" '),
    Damage("not_utf8", '"text":"', f'"text":"{NOT_UTF8}'),
    Damage("no_id", '"gclid":"[^"]*",', ""),
    Damage("no_such_day", '"date":"[^"]*"', '"date":"2026-02-31"'),
    Damage("gclid_is_object", '"gclid":("[^"]*")', r'"gclid":{"value":\1}'),
)
_COST_DAMAGES = (
    Damage("not_json", '":', '" '),
    Damage("no_day", '"date":"[^"]*"', '"date":"(other)"'),
    Damage("cost_is_text", '"costMicros":"[^"]*"', '"costMicros":"n/a"'),
)


def ad_clicks(web: pl.DataFrame, world: World) -> pl.DataFrame:
    """The clicks that led to landings, with their ``day`` in the account's zone."""
    day = instant("at").dt.convert_time_zone(world.time_zone).dt.date()
    return web.filter(pl.col("gclid").is_not_null()).select("gclid", "ad_campaign", "detail", "at", day=day)


def write_clicks(clicks: pl.DataFrame, folder: Path, world: World, seed: int) -> Written:
    """Write ``ads/clicks_<month>.json.gz``: the answers of a month, one for each day."""
    rng = stream(seed, "click files")
    since = (pl.col("day") - world.first_day).dt.total_days()
    is_late = pl.col("cause").is_not_null()
    by_day = deliver(counted(clicks), world, rng).with_columns(
        batch=2 * since + is_late.cast(pl.Int64), order=world.starts_at + since * DAY
    )
    feed = Feed(
        "google_ads",
        "ads/clicks_{month}.json.gz",
        partial(_encode_clicks, time_zone=world.time_zone),
        opening='[{"results":[',
        closing='],"fieldMask":"clickView.gclid,segments.date"}]',
        damages=_CLICK_DAMAGES,
    )
    return write_feed(feed, repeat(by_day, world, rng), folder, world, rng)


def write_costs(clicks: pl.DataFrame, folder: Path, world: World, seed: int) -> Written:
    """Write ``ads/cost_<month>.json.gz``: every day's cost, and again the last days of the month before, restated."""
    rng = stream(seed, "cost files")
    days = pl.DataFrame({"day": pl.date_range(world.first_day, world.end - timedelta(days=1), eager=True)})
    campaigns = pl.DataFrame({"ad_campaign": np.arange(len(AD_CAMPAIGNS)), "micros": _MICROS_PER_CLICK})
    of_day = clicks.group_by("day", "ad_campaign").agg(clicks=pl.len().cast(pl.Int64))
    others = pl.Series(rng.integers(0, 4, days.height * campaigns.height))
    at = pl.col("day").cast(pl.Datetime("ms")).dt.epoch("ms")
    stated = (
        days.join(campaigns, how="cross")
        .join(of_day, on=["day", "ad_campaign"], how="left")
        .sort("day", "ad_campaign")
        .with_columns(pl.col("clicks").fill_null(0) + others, order=at, file=pl.col("day").dt.to_string("%Y-%m"))
    )
    # Clicks that turn out to be invalid are taken off later: the next file tells the last days of a month anew.
    next_month = pl.col("day").dt.offset_by("1mo")
    is_restated = (pl.col("day").dt.month_end() - pl.col("day")).dt.total_days() < _RESTATED_DAYS
    restated = stated.filter(is_restated, next_month < world.end).with_columns(
        clicks=pl.max_horizontal(pl.col("clicks") - 1, 0),
        file=next_month.dt.to_string("%Y-%m"),
        cause=pl.lit("restated"),
    )
    rows = all_of_a_file(counted(pl.concat([stated, restated], how="diagonal"), is_event=False))
    feed = Feed(
        "google_ads",
        "ads/cost_{month}.json.gz",
        partial(_encode_costs, time_zone=world.time_zone),
        opening='[{"results":[',
        closing='],"fieldMask":"metrics.costMicros,segments.date"}]',
        damages=_COST_DAMAGES,
    )
    return write_feed(feed, rows, folder, world, rng)


def _account(time_zone: str) -> list[pl.Expr]:
    customer = pl.struct(id=pl.lit(_ACCOUNT), timeZone=pl.lit(time_zone), currencyCode=pl.lit("EUR"))
    place = pl.col("ad_campaign")
    campaign = pl.struct(id=one_of(AD_CAMPAIGNS, place), name=one_of(AD_CAMPAIGN_NAMES, place))
    return [customer.alias("customer"), campaign.alias("campaign")]


def _encode_clicks(rows: pl.DataFrame, time_zone: str) -> pl.Series:
    keyword = pl.struct(text=one_of(_KEYWORDS, pl.col("detail")), matchType=pl.lit("PHRASE"))
    resource = pl.format(f"customers/{_ACCOUNT}/clickViews/{{}}~{{}}", "day", "gclid")
    click = pl.struct("gclid", resource.alias("resourceName"), keyword.alias("keywordInfo"))
    segments = pl.struct(date=pl.col("day").cast(pl.String), adNetworkType=pl.lit("SEARCH"))
    result = pl.struct(*_account(time_zone), click.alias("clickView"), segments.alias("segments"))
    return rows.select(result.struct.json_encode()).to_series()


def _encode_costs(rows: pl.DataFrame, time_zone: str) -> pl.Series:
    clicks = pl.col("clicks")
    metrics = pl.struct(
        clicks=clicks.cast(pl.String),
        impressions=(clicks * _IMPRESSIONS_PER_CLICK + 7).cast(pl.String),
        costMicros=(clicks * pl.col("micros")).cast(pl.String),
        conversions=(clicks // _CLICKS_PER_CONVERSION).cast(pl.Float64),
    )
    segments = pl.struct(date=pl.col("day").cast(pl.String))
    result = pl.struct(*_account(time_zone), segments.alias("segments"), metrics.alias("metrics"))
    return rows.select(result.struct.json_encode()).to_series()
