"""Google Ads: clicks (``click_view``) and daily campaign cost, as searchStream arrays or as a report in CSV.

A click is known by its ``gclid`` and has only a date, in the account's time zone: the exact time comes from the
landing page that carries the same gclid. Clicks and costs of a day are restated for weeks, so cost rows are versioned
by the name of their file: a later name wins. Costs are never touchpoints.
"""

import polars as pl

from journey_analytics.config import TimeZone, time_zones
from journey_analytics.sources.source import Shape, Source, SourceOptions, Target
from journey_analytics.transform.canonical import judge
from journey_analytics.transform.times import Clock

PLATFORM = "google_ads"


class GoogleAdsOptions(SourceOptions):
    """``time_zone`` and ``account_id`` of exports that do not name them (reports in CSV)."""

    time_zone: TimeZone = "UTC"
    account_id: str = ""


def shapes(options: GoogleAdsOptions) -> list[Shape]:
    """Clicks, costs from the API, costs from the report."""

    def read_costs(rows: pl.LazyFrame) -> pl.LazyFrame:
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
            "cost", _COST, read_costs, when="metrics.costMicros", unfold=("results",), target=Target.AD_COSTS,
            is_event=False, rest=False,
        ),
        Shape("reported_cost", _REPORT, read_costs, when="Cost", target=Target.AD_COSTS, is_event=False, rest=False,
              required=("day", "campaign_id", "cost")),
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
    """Cost per account, campaign and day. Counts in reports carry thousands separators."""
    names = rows.collect_schema().names()
    if "cost_micros" in names:
        cost = pl.col("cost_micros").cast(pl.Decimal(38, 6), strict=False) / 1_000_000
    else:
        cost = pl.col("cost").str.replace_all(",", "").cast(pl.Decimal(38, 6), strict=False)

    def count(name: str) -> pl.Expr:
        return pl.col(name).str.replace_all(",", "").cast(pl.Int64, strict=False)

    day = pl.col("day").str.to_date("%Y-%m-%d", strict=False)
    conversions = pl.col("conversions") if "conversions" in names else pl.lit(None, pl.String)
    typed = rows.with_columns(
        platform=pl.lit(PLATFORM),
        cost_on=day,
        version="file_name",
        cost=cost,
        clicks_count=count("clicks"),
        impressions_count=count("impressions"),
        conversions_rate=conversions.cast(pl.Float64, strict=False),
    )
    return judge(
        typed,
        rejects=[
            (
                "day",
                pl.col("cost_on").is_null(),
                pl.format("day '{}' is not a date YYYY-MM-DD", pl.col("day").fill_null("")),
            ),
            ("cost", pl.col("cost").is_null(), "cost is not a number"),
            ("campaign", pl.col("campaign_id").is_null(), "campaign id is missing"),
        ],
        skips=[],
    )


SOURCE = Source("google_ads", shapes, GoogleAdsOptions)
