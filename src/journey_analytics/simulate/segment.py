"""Web: deeds on the site as Segment messages, one JSON object per line."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from journey_analytics.simulate.dirt import NOT_UTF8, Damage, counted, deliver, each_alone, repeat
from journey_analytics.simulate.files import Feed, Written, write_feed
from journey_analytics.simulate.habits import Deed
from journey_analytics.simulate.identifiers import blocked_instead, hex_ids, user_id_at, with_capitals
from journey_analytics.simulate.landings import landing_query, landing_referrer
from journey_analytics.simulate.rhythm import iso, one_of, stream
from journey_analytics.simulate.world import World

_SITE = "https://shop.example.com"


class _Call(NamedTuple):
    """What the tracking library sends for a deed, and the page on which it happens (in ``variants`` variants)."""

    type: str
    name: str
    path: str
    title: str
    variants: int = 0


_CALLS: Mapping[Deed, _Call] = {
    Deed.ARRIVE: _Call("page", "Home", "/", "Home"),
    Deed.LEAVE_EMAIL: _Call("identify", "", "/", "Home"),
    Deed.IDENTIFY: _Call("identify", "", "/login", "Log in"),
    Deed.RENAME: _Call("alias", "", "/login", "Log in"),
    Deed.SIGN_IN: _Call("track", "Signed In", "/login", "Log in"),
    Deed.BROWSE: _Call("page", "Category", "/c/", "Category", 9),
    Deed.READ_BLOG: _Call("page", "Blog", "/blog/post-", "Blog", 40),
    Deed.WATCH_VIDEO: _Call("track", "Video Played", "/tour", "Tour"),
    Deed.SEE_PRICING: _Call("page", "Pricing", "/pricing", "Pricing"),
    Deed.SEARCH: _Call("track", "Products Searched", "/search", "Search"),
    Deed.SEE_PRODUCT: _Call("track", "Product Viewed", "/p/sku-", "Product", 60),
    Deed.USE_FEATURE: _Call("track", "Feature Used", "/app/", "App", 6),
    Deed.GET_HELP: _Call("page", "Help", "/help/topic-", "Help", 15),
    Deed.FILL_CART: _Call("track", "Product Added", "/p/sku-", "Product", 60),
    Deed.CHECK_OUT: _Call("track", "Checkout Started", "/checkout", "Checkout"),
    Deed.REGISTER: _Call("identify", "", "/welcome", "Welcome"),
    Deed.SIGN_UP: _Call("track", "Signed Up", "/welcome", "Welcome"),
    Deed.ORDER: _Call("track", "Order Completed", "/checkout/thanks", "Thank you"),
    Deed.REVIEW: _Call("track", "Product Reviewed", "/p/sku-", "Product", 60),
    Deed.SHARE: _Call("track", "Product Shared", "/p/sku-", "Product", 60),
}
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/139.0",
    "Mozilla/5.0 (Android 15; Mobile) Gecko/140.0 Firefox/140.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5) Gecko/20100101 Firefox/140.0",
)
_BOT = "Mozilla/5.0 (compatible; ExampleBot/1.0; +https://bot.example.net)"
_NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.")
_ADDRESSES = 251
_FIRST_ORDER = 10_001

_DAMAGES = (
    Damage("not_json", '":', '" '),
    Damage("not_utf8", '"title":"', f'"title":"{NOT_UTF8}'),
    Damage("no_id", '"messageId":"[^"]*",', ""),
    Damage("no_time", '"timestamp":"[^"]*"', '"timestamp":"not-a-time"'),
    Damage("epoch_seconds", '"timestamp":"[^"]*"', '"timestamp":1772442000'),
    Damage("epoch_milliseconds", '"timestamp":"[^"]*"', '"timestamp":1772442000000'),
    Damage("unknown_type", '"type":"[a-z]*"', '"type":"pageview"'),
    Damage("email_is_object", '"email":("[^"]*")', r'"email":{"address":\1}', pl.col("email").is_not_null()),
    Damage("revenue_is_text", '"revenue":[0-9.]*', '"revenue":"a lot"', pl.col("deed") == Deed.ORDER),
)


def segment_rows(deeds: pl.DataFrame, names: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Deeds with what their messages carry, such as ``anonymous_id``, ``user_id`` and ``email``."""
    rng = stream(seed, "segment")
    deed = pl.col("deed")
    tells_email = deed.is_in([Deed.LEAVE_EMAIL, Deed.IDENTIFY, Deed.REGISTER])
    named = deeds.join(names, on="person", how="left", maintain_order="left").with_columns(
        anonymous_id=hex_ids(deeds["device"].to_numpy(), seed, "device"),
        user_id=pl.when("names_user").then(user_id_at("at")),
        previous_id=pl.when(deed == Deed.RENAME).then("old_user_id"),
        email=pl.when(tells_email).then(with_capitals("email", rng.random(deeds.height), world)),
        order_number=pl.when(deed == Deed.ORDER).then((deed == Deed.ORDER).cum_sum() + _FIRST_ORDER),
    )
    carried = (
        "person", "at", "deed", "device", "arrival", "detail", "revenue", "order_number", "anonymous_id", "previous_id",
        "email", "gclid", "ad_campaign", "email_campaign",
    )  # fmt: skip
    return named.select(*carried, user_id=blocked_instead("user_id", rng.random(deeds.height), world))


def write_segment(rows: pl.DataFrame, folder: Path, world: World, seed: int) -> Written:
    """Write ``web/<month>.ndjson.gz``."""
    rng = stream(seed, "segment files")
    delivered = repeat(each_alone(deliver(counted(rows), world, rng)), world, rng)
    feed = Feed("segment", "web/{month}.ndjson.gz", partial(_encode, seed=seed), damages=_DAMAGES)
    return write_feed(feed, delivered, folder, world, rng)


def _encode(rows: pl.DataFrame, seed: int) -> pl.Series:
    """Messages; each kind of call has fields of its own."""
    described = _described(rows, seed)
    deed, call = pl.col("deed"), pl.col("type")
    is_product = deed.is_in([Deed.SEE_PRODUCT, Deed.FILL_CART, Deed.REVIEW, Deed.SHARE])
    is_order, is_feature = deed == Deed.ORDER, deed == Deed.USE_FEATURE
    event = {"event": pl.col("name")}
    order = pl.struct(pl.format("o-{}", "order_number").alias("order_id"), "revenue", currency=pl.lit("EUR"))
    kinds: list[tuple[pl.Expr, Mapping[str, pl.Expr]]] = [
        (call == "page", {"name": pl.col("name")}),
        (call == "identify", {"traits": pl.struct("email")}),
        (call == "alias", {"previousId": pl.col("previous_id")}),
        ((call == "track") & ~(is_product | is_order | is_feature), event),
        (is_product, event | {"properties": pl.struct(product_id=pl.lit("sku-") + pl.col("variant"))}),
        (is_feature, event | {"properties": pl.struct(feature=pl.lit("feature-") + pl.col("variant"))}),
        (is_order, event | {"properties": order}),
    ]
    encoded = [described.filter(applies).select("row", text=_message(fields)) for applies, fields in kinds]
    return pl.concat(encoded).sort("row")["text"]


def _described(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Rows with the call they make and the page and browser they come from."""
    calls = [(int(deed), *call) for deed, call in _CALLS.items()]
    described = rows.join(
        pl.DataFrame(calls, schema=["deed", *_Call._fields], orient="row"),
        on="deed",
        how="left",
        maintain_order="left",
    )
    variant = pl.when(pl.col("variants") > 0).then((pl.col("detail") % pl.col("variants")).cast(pl.String))
    browser = one_of(_BROWSERS, pl.col("device"))
    return (
        described.with_row_index("row")
        .with_columns(
            variant=variant,
            path=pl.col("path") + variant.fill_null(""),
            user_agent=pl.when(pl.col("person").is_null()).then(pl.lit(_BOT)).otherwise(browser),
            ip=one_of(_NETWORKS, pl.col("device")) + (pl.col("device") % _ADDRESSES).cast(pl.String),
            referrer=landing_referrer(_SITE),
            message_id=pl.lit("ajs-") + hex_ids(rows["key"].to_numpy(), seed, "message"),
        )
        .with_columns(url=pl.lit(_SITE) + pl.col("path") + landing_query())
    )


def _message(fields: Mapping[str, pl.Expr]) -> pl.Expr:
    """A message: first what stays the same through a visit, which keeps the compressed files small."""
    context = pl.struct(
        pl.struct(name=pl.lit("analytics.js"), version=pl.lit("5.2.0")).alias("library"),
        "ip",
        pl.col("user_agent").alias("userAgent"),
        pl.struct("path", "referrer", "title", "url").alias("page"),
    )
    return pl.struct(
        pl.col("anonymous_id").alias("anonymousId"),
        pl.col("user_id").alias("userId"),
        context.alias("context"),
        "type",
        *(expression.alias(name) for name, expression in fields.items()),
        pl.col("message_id").alias("messageId"),
        iso("at").alias("timestamp"),
        iso("delivered_at").alias("receivedAt"),
    ).struct.json_encode()
