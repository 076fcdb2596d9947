"""Default channel groups by Google's published rules, and the channel that brought the customer.

The rules, and the order in which they are asked, are those for manually tagged traffic in "Default channel group",
Google Analytics help, as of 2026. Google compares with lists of some 800 sites; the lists here name well-known ones,
and a source outside them falls to the rules on the medium. What Google knows from its own ad platforms (network type,
creative format) is not in the tags and plays no part.
"""

import polars as pl

from journey_analytics.transform.distinct import per_distinct
from journey_analytics.vocabulary import Channel

# "name" is a source called so; "name.tld" a host with its subdomains; "name.*" a name, and its hosts in any country.
SEARCH_SITES = (
    "google.*", "googlemybusiness", "bing.*", "yahoo.*", "duckduckgo.*", "baidu.*", "yandex.*", "ecosia.*", "seznam.*",
    "centrum.cz", "qwant.*", "naver.*", "daum.*", "ask", "ask.com", "startpage.*", "brave", "search.brave.com", "aol.*",
    "sogou.*", "360.cn", "go.mail.ru", "rambler.*", "lycos.*", "dogpile.*",
)  # fmt: skip
SOCIAL_SITES = (
    "facebook.*", "fb", "fb.me", "fb.com", "messenger.*", "instagram.*", "ig", "threads", "threads.net", "threads.com",
    "whatsapp.*", "wa.me", "twitter.*", "x", "x.com", "t.co", "linkedin.*", "lnkd.in", "xing.*", "pinterest.*",
    "pin.it", "reddit.*", "tiktok.*", "snapchat.*", "mastodon", "mastodon.social", "bluesky", "bsky", "bsky.app",
    "telegram.*", "t.me", "line", "line.me", "kakao.*", "weibo.*", "vk.*", "discord.*", "quora.*", "tumblr.*",
    "medium.com", "blogger.*", "blogspot.*", "livejournal.*", "disqus.*", "flickr.*", "flipboard.*", "goodreads.*",
    "meetup.*", "foursquare.*", "yelp.*", "groups.google.com", "news.ycombinator", "news.ycombinator.com",
)  # fmt: skip
VIDEO_SITES = (
    "youtube.*", "youtu.be", "vimeo.*", "dailymotion.*", "twitch.*", "netflix.*", "hulu.*", "disneyplus.*", "iqiyi.*",
    "crackle.*", "wistia.*",
)  # fmt: skip
SHOPPING_SITES = (
    "amazon.*", "ebay.*", "etsy.*", "walmart.*", "alibaba.*", "aliexpress.*", "mercadolibre.*", "shopify.*",
    "google shopping", "igshopping", "shopping.google", "shopping.google.com", "shopping.naver.com", "heureka.*",
    "allegro.*",
)  # fmt: skip
AI_ASSISTANTS = (
    "chatgpt.com", "chat.openai.com", "gemini.google.com", "copilot.microsoft.com", "claude.ai", "grok.com",
    "deepseek.com",
)  # fmt: skip

_PAID = r"(?s)^(.*cp.*|ppc|retargeting|paid.*)$"
_SHOPPING_CAMPAIGN = r"(?s)^(.*(([^a-df-z]|^)shop|shopping).*)$"
_SOCIAL_MEDIA = ("social", "social-network", "social-media", "sm", "social network", "social media")
_EMAIL = r"^e[-_ ]?mail$"


_SUFFIX = r"(?:\.(?:com|org|net|[a-z]{2}|(?:com?|org|net?|or)\.[a-z]{2}))"
_ANY_HOST = r"(?:[\w-]+\.)*"
_SEARCH_HOST = r"(?:(?:www|m|search|cse|mail|[a-z]{2})\.)*"
"""Other hosts of a search company are other things: documents, blogs, assistants."""


def _is_site(source: pl.Expr, sites: tuple[str, ...], hosts: str = _ANY_HOST) -> pl.Expr:
    """Whether a campaign source or host names one of the sites: ``google``, ``www.google.com``, ``m.facebook.com``."""
    patterns: list[str] = []
    for site in sites:
        name = site.removesuffix(".*").replace(".", r"\.")
        if site.endswith(".*"):
            patterns += [name, f"{hosts}{name}{_SUFFIX}"]
        else:
            patterns.append(f"{hosts}{name}" if "." in site else name)
    return source.str.contains(f"^(?:{'|'.join(patterns)})$")


def channel_group(source: pl.Expr, medium: pl.Expr, campaign: pl.Expr) -> pl.Expr:
    """Default channel group of a campaign; null where there is no campaign at all.

    Google marks visits from AI assistants by their referrer, with the medium ``ai-assistant``; a link that names an
    assistant as its source and no other medium is taken for the same.
    """
    tags = pl.struct(source.alias("source"), medium.alias("medium"), campaign.alias("campaign"))
    return per_distinct(tags, _group_of, pl.String)


def _group_of(tags: pl.Expr) -> pl.Expr:
    said = [tags.struct.field(name) for name in ("source", "medium", "campaign")]
    nothing = pl.all_horizontal(tag.is_null() for tag in said)
    source, medium, campaign = (tag.fill_null("").str.to_lowercase().str.strip_chars() for tag in said)
    paid = medium.str.contains(_PAID)
    shopping = _is_site(source, SHOPPING_SITES) | campaign.str.contains(_SHOPPING_CAMPAIGN)
    search = _is_site(source, SEARCH_SITES, _SEARCH_HOST)
    social, video = _is_site(source, SOCIAL_SITES), _is_site(source, VIDEO_SITES)
    assistant = _is_site(source, AI_ASSISTANTS) & medium.is_in(["", "(not set)", "referral"])
    rules = (
        ((source == "(direct)") & medium.is_in(["", "(not set)", "(none)"]), "Direct"),
        (campaign.str.contains("cross-network", literal=True), "Cross-network"),
        (shopping & paid, "Paid Shopping"),
        (search & paid, "Paid Search"),
        (social & paid, "Paid Social"),
        (video & paid, "Paid Video"),
        (medium.is_in(["display", "banner", "expandable", "interstitial", "cpm"]), "Display"),
        (paid, "Paid Other"),
        ((medium == "ai-assistant") | assistant, "AI Assistant"),
        (shopping, "Organic Shopping"),
        (social | medium.is_in(_SOCIAL_MEDIA), "Organic Social"),
        (video | medium.str.contains("video", literal=True), "Organic Video"),
        (search | (medium == "organic"), "Organic Search"),
        (medium.is_in(["referral", "app", "link"]), "Referral"),
        (source.str.contains(_EMAIL) | medium.str.contains(_EMAIL), "Email"),
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
