import polars as pl
import pytest

from journey_analytics.transform.channel_groups import channel_group, entry_channel


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "group"),
    [
        ("google", "cpc", None, "Paid Search"),
        ("bing", "ppc", None, "Paid Search"),
        ("facebook", "paid-social", None, "Paid Social"),
        ("m.facebook.com", "cpc", None, "Paid Social"),
        ("youtube.com", "cpv", None, "Paid Video"),
        ("youtube.com", "cpc", None, "Paid Video"),
        ("partner", "cpm", None, "Display"),
        ("partner", "cpc", "summer shop", "Paid Shopping"),
        ("anything", "cpa", "pMax cross-network", "Cross-network"),
        ("google", "organic", None, "Organic Search"),
        ("seznam.cz", None, None, "Organic Search"),
        ("t.co", "referral", None, "Organic Social"),
        ("newsletter", "e-mail", None, "Email"),
        ("email", None, None, "Email"),
        ("friend.example", "referral", None, "Referral"),
        ("partner", "affiliate", None, "Affiliates"),
        ("(direct)", "(none)", None, "Direct"),
        ("sms", None, None, "SMS"),
        ("app", "push", None, "Mobile Push Notifications"),
        # The order of the rules decides where several match.
        ("amazon.co.uk", "cpc", None, "Paid Shopping"),
        ("google", "cpc", "Shopping | EU", "Paid Shopping"),
        ("google", "cpc", "workshop", "Paid Search"),
        ("google", "cpc", "Cross-Network", "Cross-network"),
        ("google", "cpm", None, "Paid Search"),
        ("partner", "Banner", None, "Display"),
        ("partner", "interstitial", None, "Display"),
        ("partner", "expandable", None, "Display"),
        ("partner", "display", None, "Display"),
        ("partner", "retargeting", None, "Paid Other"),
        ("partner", "paid", None, "Paid Other"),
        ("partner", "cpa", None, "Paid Other"),
        ("etsy.com", "referral", None, "Organic Shopping"),
        ("newsletter", "email", "winter shop", "Organic Shopping"),
        ("partner", "social-media", None, "Organic Social"),
        ("partner", "sm", None, "Organic Social"),
        ("m.youtube.com", "referral", None, "Organic Video"),
        ("partner", "video-post", None, "Organic Video"),
        ("google", "email", None, "Organic Search"),
        ("email", "referral", None, "Referral"),
        ("partner", "app", None, "Referral"),
        ("partner", "link", None, "Referral"),
        ("partner", "e mail", None, "Email"),
        ("partner", "e_mail", None, "Email"),
        ("partner", "emails", None, "Unassigned"),
        ("partner", "affiliates", None, "Unassigned"),
        ("podcast", "audio", None, "Audio"),
        ("partner", "sms", None, "SMS"),
        ("firebase", None, None, "Mobile Push Notifications"),
        ("partner", "mobile-app", None, "Mobile Push Notifications"),
        ("partner", "web_notification", None, "Mobile Push Notifications"),
        ("partner", "pushed", None, "Unassigned"),
        ("(direct)", "(not set)", None, "Direct"),
        ("(direct)", "referral", None, "Referral"),
        ("openai", "ai-assistant", "(ai-assistant)", "AI Assistant"),
        ("chatgpt.com", None, None, "AI Assistant"),
        ("gemini.google.com", "referral", None, "AI Assistant"),
        ("chatgpt.com", "cpc", None, "Paid Other"),
        ("chatgpt.com", "email", None, "Email"),
        # A name that only looks like a site's is not the site.
        ("x", "referral", None, "Organic Social"),
        ("x.com", "cpc", None, "Paid Social"),
        ("x.ai", "referral", None, "Referral"),
        ("x.shop.example", "referral", None, "Referral"),
        ("ask.company.example", "referral", None, "Referral"),
        ("google.evil.example", "referral", None, "Referral"),
        ("notfacebook.com", "referral", None, "Referral"),
        ("docs.google.com", "referral", None, "Referral"),
        ("groups.google.com", "referral", None, "Organic Social"),
        ("www.google.co.uk", "referral", None, "Organic Search"),
        ("uk.search.yahoo.com", "referral", None, "Organic Search"),
        ("l.facebook.com", "referral", None, "Organic Social"),
        (" Google ", "CPC", None, "Paid Search"),
        ("mystery", "other", None, "Unassigned"),
        (None, None, "named only", "Unassigned"),
        (None, None, None, None),
    ],
)
def test_default_channel_groups(
    source: str | None, medium: str | None, campaign: str | None, group: str | None
) -> None:
    frame = pl.DataFrame({"s": [source], "m": [medium], "c": [campaign]}).cast(pl.String)
    assert frame.select(channel_group(pl.col("s"), pl.col("m"), pl.col("c"))).item() == group


@pytest.mark.parametrize(
    ("channel", "group", "referrer", "entry"),
    [
        ("web", "Paid Search", None, "ad"),
        ("web", "Display", None, "ad"),
        ("web", "Email", None, "email"),
        ("web", "Organic Social", None, "social"),
        ("web", None, "https://m.facebook.com/post", "social"),
        ("web", None, "https://www.google.com/", "web"),
        ("web", None, None, "web"),
        ("support", "Paid Search", None, "support"),
    ],
)
def test_the_channel_that_brought_the_customer(
    channel: str, group: str | None, referrer: str | None, entry: str
) -> None:
    frame = pl.DataFrame({"c": [channel], "g": [group], "r": [referrer]}).cast(pl.String)
    assert frame.select(entry_channel(pl.col("c"), pl.col("g"), pl.col("r"))).item() == entry
