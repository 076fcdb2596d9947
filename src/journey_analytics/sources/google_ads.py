"""Google Ads: clicks (``click_view``) and daily campaign cost, as searchStream arrays or as a report in CSV.

A click is known by its ``gclid`` and has only a date, in the account's time zone: the exact time comes from the
landing page that carries the same gclid. Clicks and costs of a day are restated for weeks, so cost rows are versioned
by the name of their file: a later name wins. Costs are never touchpoints.
"""

import polars as pl

from journey_analytics.config.setting_values import TimeZone, time_zones
from journey_analytics.sources.source import Shape, Source, SourceOptions, Target
from journey_analytics.transform.canonical import judge
from journey_analytics.transform.costs import read_costs
from journey_analytics.transform.times import Clock

PLATFORM = "google_ads"


class GoogleAdsOptions(SourceOptions):
    """What exports do not say themselves.

    Attributes:
        time_zone: Zone of the account, for rows that do not name it.
        account_id: Number of the account, for rows that do not name it, such as those of reports in CSV.
    """

    time_zone: TimeZone = "UTC"
    account_id: str = ""


def shapes(options: GoogleAdsOptions) -> list[Shape]:
    """Clicks, costs from the API, costs from the report."""

    def read_cost_rows(rows: pl.LazyFrame) -> pl.LazyFrame:
        given = pl.col("account_id") if "account_id" in rows.collect_schema() else pl.lit(None, pl.String)
        return _costs(rows.with_columns(account_id=pl.coalesce(given, pl.lit(options.account_id))))

    def read_clicks(rows: pl.LazyFrame) -> pl.LazyFrame:
        return _clicks(rows.with_columns(time_zone=pl.coalesce("time_zone", pl.lit(options.time_zone))))

    return [
        Shape(
            "click", _CLICK, read_clicks, when="clickView.gclid", unfold=("results",), drop=_NOISE,
            occurred=Clock("day"),
        ),
        Shape(
            "cost", _COST, read_cost_rows, when="metrics.costMicros", unfold=("results",), target=Target.AD_COSTS,
            is_event=False, rest=False, by_file_name=True,
        ),
        Shape("reported_cost", _REPORT, read_cost_rows, when="Cost", target=Target.AD_COSTS, is_event=False, rest=False,
              required=("day", "campaign_id", "cost"), by_file_name=True),
    ]  # fmt: skip


_NOISE = ("customer", "clickView.resourceName", "campaign.resourceName", "adGroup.resourceName", "metrics")
_CLICK = {
    "gclid": "clickView.gclid",
    "day": "segments.date",
    "time_zone": "customer.timeZone",
    "campaign_id": "campaign.id",
    "campaign_name": "campaign.name",
    "keyword": "clickView.keywordInfo.text",
}
_COST = {
    "account_id": "customer.id",
    "campaign_id": "campaign.id",
    "campaign_name": "campaign.name",
    "day": "segments.date",
    "currency": "customer.currencyCode",
    "cost_micros": "metrics.costMicros",
    "clicks": "metrics.clicks",
    "impressions": "metrics.impressions",
    "conversions": "metrics.conversions",
}
_REPORT = {
    "campaign_id": "Campaign ID",
    "campaign_name": "Campaign",
    "day": "Day",
    "currency": "Currency code",
    "cost": "Cost",
    "clicks": "Clicks",
    "impressions": "Impr.",
}


def _clicks(rows: pl.LazyFrame) -> pl.LazyFrame:
    """One ad click per gclid, at day precision."""
    zone = pl.col("time_zone")
    judged = judge(
        rows,
        rejects=[
            ("key", pl.col("gclid").is_null(), "gclid is missing"),
            (
                "time_zone",
                ~zone.is_in(sorted(time_zones())),
                pl.format("unknown time zone '{}'", zone),
            ),
        ],
    )
    return judged.with_columns(
        event_id="gclid",
        occurred_at="day",
        channel=pl.lit("ad"),
        actor=pl.lit("customer"),
        event_type=pl.lit("ad_click"),
        event_name=pl.lit("click_view"),
        click_id="gclid",
        click_id_type=pl.lit("gclid"),
        campaign_source=pl.lit("google"),
        campaign_medium=pl.lit("cpc"),
        properties=pl.struct("keyword", "time_zone").struct.json_encode(),
    )


def _costs(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Cost per account, campaign and day. Numbers in reports carry thousands separators, and ``--`` means none."""
    if "cost_micros" in rows.collect_schema():
        micros = pl.col("cost_micros").cast(pl.Decimal(38, 6), strict=False)
        return read_costs(rows.with_columns(cost=(micros / 1_000_000).cast(pl.String)), PLATFORM)
    numbers = pl.col("cost", "clicks", "impressions").str.replace_all(",", "").replace("--", None)
    return read_costs(rows.with_columns(numbers), PLATFORM)


SOURCE = Source("google_ads", shapes, GoogleAdsOptions)
