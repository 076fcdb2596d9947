"""Landing pages: what the address and the referrer of a visit's first page say about where it came from."""

import polars as pl

from journey_analytics.simulate.identifiers import hex_ids
from journey_analytics.simulate.mailings import FIRST_NEWSLETTER, REFERRAL, TIPS, WELCOME
from journey_analytics.simulate.rhythm import one_of
from journey_analytics.simulate.world import World, months_later

AD_CAMPAIGNS = ("21503", "21504", "21517", "21622")
"""Numbers of the ad campaigns."""

AD_CAMPAIGN_NAMES = ("brand-search", "category-search", "competitor-search", "spring-search")

_REFERRERS = {
    "search": "https://www.google.com/",
    "ad": "https://www.google.com/",
    "referral": "https://reviews.example.net/shops",
    "social": "https://mastodon.social/",
}


def campaign_names(world: World) -> dict[int, str]:
    """Names of the e-mail campaigns by their numbers."""
    newsletters = {
        FIRST_NEWSLETTER + month: f"newsletter-{months_later(world.first_day, month):%Y-%m}"
        for month in range(world.months)
    }
    return {REFERRAL: "referral", WELCOME: "welcome", TIPS: "first-steps", **newsletters}


def with_landings(deeds: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Add to the first deeds of visits ``gclid`` and ``ad_campaign`` (of those from an ad), and ``email_campaign``."""
    by_ad, by_email = pl.col("arrival") == "ad", pl.col("arrival") == "email"
    campaign = pl.col("campaign").fill_null(REFERRAL).replace_strict(campaign_names(world), return_dtype=pl.String)
    return deeds.with_columns(
        gclid=pl.when(by_ad).then(pl.lit("Cj0K") + hex_ids(deeds["visit_row"].fill_null(0).to_numpy(), seed, "gclid")),
        ad_campaign=pl.when(by_ad).then(pl.col("detail") % len(AD_CAMPAIGNS)),
        email_campaign=pl.when(by_email).then(campaign),
    )


def landing_query() -> pl.Expr:
    """The query of the address: campaign parameters and click id; empty for other pages.

    Some links are tagged, some are not: an ad's may carry its click id alone, a social network's nothing at all.
    """
    is_tagged = pl.col("detail") % 5 > 1
    campaign = one_of(AD_CAMPAIGN_NAMES, pl.col("ad_campaign"))
    ad_tags = pl.format("utm_source=google&utm_medium=cpc&utm_campaign={}&", campaign)
    return (
        pl.when(pl.col("gclid").is_not_null())
        .then(pl.format("?{}gclid={}", pl.when(is_tagged).then(ad_tags).otherwise(pl.lit("")), "gclid"))
        .when(pl.col("email_campaign").is_not_null())
        .then(pl.format("?utm_source=newsletter&utm_medium=email&utm_campaign={}", "email_campaign"))
        .when((pl.col("arrival") == "social") & is_tagged)
        .then(pl.lit("?utm_source=mastodon&utm_medium=social&utm_campaign=community"))
        .otherwise(pl.lit(""))
    )


def landing_referrer(site: str) -> pl.Expr:
    """The page before: another site's, none for direct visits and e-mails, else one of the shop's own."""
    from_outside = pl.col("arrival").replace_strict(_REFERRERS, default="", return_dtype=pl.String)
    return pl.when(pl.col("arrival").is_null()).then(pl.lit(f"{site}/")).otherwise(from_outside)
