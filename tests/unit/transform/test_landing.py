import polars as pl
import pytest

from journey_analytics.transform.channel_groups import channel_group, entry_channel
from journey_analytics.transform.landing import read_landing


def landed(url: str | None, **said: str | None) -> dict[str, str | None]:
    frame = pl.DataFrame({"page_url": [url], **{name: [value] for name, value in said.items()}}).cast(pl.String)
    return read_landing(frame.lazy()).collect().row(0, named=True)


def test_parameters_are_read_without_case_and_decoded_once() -> None:
    row = landed("https://shop.example/?UTM_Source=mail&utm_medium=email&utm_campaign=jarn%C3%AD+sleva%2525#utm_id=9")
    assert row["campaign_source"] == "mail"
    assert row["campaign_medium"] == "email"
    assert row["campaign_name"] == "jarní sleva%25"
    assert row["campaign_id"] is None


def test_the_first_of_repeated_parameters_wins() -> None:
    assert landed("https://s.example/?utm_source=a&utm_source=b")["campaign_source"] == "a"


def test_what_the_row_says_itself_wins() -> None:
    row = landed("https://s.example/?utm_source=a&utm_medium=m", campaign_source="row", campaign_medium="")
    assert (row["campaign_source"], row["campaign_medium"]) == ("row", "m")


@pytest.mark.parametrize("medium", ["", "&utm_medium=organic", "&utm_medium="])
def test_a_google_click_without_a_paid_medium_is_google_cpc(medium: str) -> None:
    row = landed(f"https://s.example/?gclid=G1{medium}")
    assert (row["campaign_source"], row["campaign_medium"], row["click_id"], row["click_id_type"]) == (
        "google",
        "cpc",
        "G1",
        "gclid",
    )


def test_a_facebook_click_alone_does_not_prove_payment() -> None:
    row = landed("https://s.example/?fbclid=F1")
    assert (row["campaign_source"], row["campaign_medium"], row["click_id_type"]) == (None, None, "fbclid")


@pytest.mark.parametrize("url", [None, "", "https://s.example/", "https://s.example/#utm_source=x", "nonsense?"])
def test_without_parameters_there_is_no_campaign(url: str | None) -> None:
    row = landed(url)
    assert {value for name, value in row.items() if name != "page_url"} == {None}


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
        ("mystery", "other", None, "Unassigned"),
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
