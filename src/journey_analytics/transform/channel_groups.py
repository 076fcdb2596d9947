"""Default channel groups by Google's published rules, and the channel that brought the customer.

Source of the rules: "Default channel group", Google Analytics help, as of 2026. The lists of search, social, video
and shopping sites name the largest of each; a source outside them falls to the rules on the medium.
"""

import polars as pl

from journey_analytics.vocabulary import Channel

SEARCH_SITES = (
    "google", "bing", "yahoo", "duckduckgo", "baidu", "yandex", "ecosia", "seznam", "qwant", "naver", "ask",
    "startpage", "brave", "aol",
)  # fmt: skip
SOCIAL_SITES = (
    "facebook", "instagram", "twitter", "x", "t.co", "linkedin", "lnkd.in", "pinterest", "reddit", "tiktok",
    "snapchat", "threads", "mastodon", "bluesky", "bsky", "whatsapp", "telegram", "quora", "vk", "tumblr", "fb",
    "ig", "news.ycombinator",
)  # fmt: skip
VIDEO_SITES = ("youtube", "vimeo", "dailymotion", "twitch", "netflix", "hulu", "disneyplus")
SHOPPING_SITES = (
    "amazon",
    "ebay",
    "etsy",
    "walmart",
    "alibaba",
    "shopping.google",
    "mercadolibre",
    "heureka",
    "allegro",
)

_PAID = r"^(.*cp.*|ppc|retargeting|paid.*)$"
_SHOPPING_CAMPAIGN = r"^(.*(([^a-df-z]|^)shop|shopping).*)$"
_SOCIAL_MEDIA = ("social", "social-network", "social-media", "sm", "social network", "social media")
_EMAIL = r"^e[-_ ]?mail$"


def _is_site(host: pl.Expr, sites: tuple[str, ...]) -> pl.Expr:
    """Whether a campaign source or host names one of the sites: ``google``, ``www.google.com``, ``m.facebook.com``."""
    names = "|".join(site.replace(".", r"\.") for site in sites)
    return host.str.contains(rf"^(?:[\w-]+\.)*(?:{names})(?:\.[a-z.]+)?$")


def channel_group(source: pl.Expr, medium: pl.Expr, campaign: pl.Expr) -> pl.Expr:
    """Default channel group of a campaign; null where there is no campaign at all."""
    nothing = source.is_null() & medium.is_null() & campaign.is_null()
    source, medium, campaign = (part.fill_null("").str.to_lowercase() for part in (source, medium, campaign))
    paid = medium.str.contains(_PAID)
    shopping = _is_site(source, SHOPPING_SITES) | campaign.str.contains(_SHOPPING_CAMPAIGN)
    search, social, video = (_is_site(source, sites) for sites in (SEARCH_SITES, SOCIAL_SITES, VIDEO_SITES))
    rules = (
        ((source == "(direct)") & medium.is_in(["", "(not set)", "(none)"]), "Direct"),
        (campaign.str.contains("cross-network", literal=True), "Cross-network"),
        (shopping & paid, "Paid Shopping"),
        (search & paid, "Paid Search"),
        (social & paid, "Paid Social"),
        (video & paid, "Paid Video"),
        (medium.is_in(["display", "banner", "expandable", "interstitial", "cpm"]), "Display"),
        (paid, "Paid Other"),
        (shopping, "Organic Shopping"),
        (social | medium.is_in(_SOCIAL_MEDIA), "Organic Social"),
        (video | medium.str.contains("video", literal=True), "Organic Video"),
        (source.str.contains(_EMAIL) | medium.str.contains(_EMAIL), "Email"),
        (search | (medium == "organic"), "Organic Search"),
        (medium.is_in(["referral", "app", "link"]), "Referral"),
        (medium == "affiliate", "Affiliates"),
        (medium == "audio", "Audio"),
        ((source == "sms") | (medium == "sms"), "SMS"),
        (
            medium.str.contains(r"push$|mobile|notification") | (source == "firebase"),
            "Mobile Push Notifications",
        ),
    )
    group = pl.when(nothing).then(pl.lit(None, pl.String))
    for condition, name in rules:
        group = group.when(condition).then(pl.lit(name))
    return group.otherwise(pl.lit("Unassigned"))


def entry_channel(channel: pl.Expr, group: pl.Expr, referrer: pl.Expr) -> pl.Expr:
    """Channel that brought the customer to an event.

    A web page reached from a paid click was brought by ``ad``, from an e-mail by ``email``, from a social network by
    ``social``; every other event was brought by the channel it happened in.
    """
    host = referrer.str.extract(r"^https?://([^/?#:]+)").str.to_lowercase()
    web = channel == Channel.WEB
    return (
        pl.when(web & (group.str.starts_with("Paid") | group.is_in(["Display", "Cross-network"])))
        .then(pl.lit(Channel.AD.value))
        .when(web & (group == "Email"))
        .then(pl.lit(Channel.EMAIL.value))
        .when(web & ((group == "Organic Social") | (group.is_null() & _is_site(host, SOCIAL_SITES))))
        .then(pl.lit(Channel.SOCIAL.value))
        .otherwise(channel)
    )
