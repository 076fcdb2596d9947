"""Meta Ads (Facebook, Instagram): daily insights of campaigns, as the Insights API pages them (``data``, ``paging``).

A row is known by account, campaign and day, the day being one of the account's time zone. Figures are restated for
weeks, so that rows are versioned by the name of their file: a later name wins, also when the campaign was renamed.
Costs are never touchpoints. Numbers come as texts.

A row from ``date_start`` to another ``date_stop`` cannot be booked on a day and is rejected, as are rows of single ad
sets or ads and rows of a breakdown, which would replace one another: export with ``level=campaign``,
``time_increment=1`` and no breakdown. The entries of ``actions`` overlap (a purchase is counted as ``purchase``, as
``omni_purchase`` and as the pixel's), so conversions are those of the one ``action_type`` that the options name;
without it there are none. An action type that a row with actions does not list did not happen; of a row without any
``actions`` nothing is known. ``clicks`` are all clicks, as Meta counts them.
"""

import polars as pl
from pydantic import field_validator

from journey_analytics.sources.source import Shape, Source, SourceOptions, Target
from journey_analytics.transform.canonical import judge
from journey_analytics.transform.costs import read_costs

PLATFORM = "meta_ads"
_FIELDS = {
    "account_id": "account_id",
    "currency": "account_currency",
    "campaign_id": "campaign_id",
    "campaign_name": "campaign_name",
    "day": "date_start",
    "last_day": "date_stop",
    "cost": "spend",
    "clicks": "clicks",
    "impressions": "impressions",
    "actions": "actions",
}
_FINER = (
    "adset_id", "ad_id", "age", "gender", "country", "region", "dma", "publisher_platform", "platform_position",
    "device_platform", "impression_device", "product_id", "frequency_value", "user_segment_key",
    "hourly_stats_aggregated_by_advertiser_time_zone", "hourly_stats_aggregated_by_audience_time_zone",
)  # fmt: skip


class MetaAdsOptions(SourceOptions):
    """What the rows do not say, and what the business calls a conversion.

    Attributes:
        action_type: The entry of ``actions`` that counts as conversion, such as ``purchase``.
        account_id: Account of exports that do not name it.
        currency: Currency of exports that do not name it.
    """

    action_type: str = ""
    account_id: str = ""
    currency: str | None = None

    @field_validator("action_type")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not all(letter.isalnum() or letter in "_.:-" for letter in name):
            raise ValueError("an action type has letters, digits, '_', '.', ':' and '-'")
        return name


def shapes(options: MetaAdsOptions) -> list[Shape]:
    """The one shape: a day of a campaign."""

    def read(rows: pl.LazyFrame) -> pl.LazyFrame:
        found, whole_day = pl.col("day"), pl.col("day") == pl.col("last_day")
        finer = pl.concat_str([pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in _FINER],
                              separator=", ", ignore_nulls=True)  # fmt: skip
        times_listed = _times_listed(options.action_type)
        judged = judge(
            rows,
            rejects=[
                ("days", ~whole_day.fill_null(value=False), pl.format(
                    "the row covers {} to {} and cannot be booked on a day; export with time_increment=1",
                    found.fill_null("?").str.slice(0, 60), pl.col("last_day").fill_null("?").str.slice(0, 60))),
                ("level", finer != "", pl.format(
                    "a row by {}; export with level=campaign and without breakdowns", finer)),
                ("actions", pl.col("actions").is_not_null() & _actions().is_null(), "actions are not a list"),
                ("action_breakdown", times_listed > 1, pl.format(
                    "actions list '{}' several times; export without action breakdowns",
                    pl.lit(options.action_type))),
            ],
        )  # fmt: skip
        return read_costs(
            judged.with_columns(
                account_id=pl.coalesce("account_id", pl.lit(options.account_id)),
                currency=pl.coalesce("currency", pl.lit(options.currency, pl.String)),
                conversions=_conversions(options.action_type),
            ),
            PLATFORM,
        )

    return [
        Shape(
            "insight", _FIELDS | {name: name for name in _FINER}, read, when="date_start", unfold=("data",),
            nested=("actions",), target=Target.AD_COSTS, is_event=False, rest=False, by_file_name=True,
        )
    ]  # fmt: skip


def _actions() -> pl.Expr:
    """The list of actions as JSON; null where there is another thing in its place."""
    return pl.when(pl.col("actions").str.starts_with("[")).then("actions")


def _times_listed(action_type: str) -> pl.Expr:
    return _actions().str.count_matches(f'"action_type":"{action_type}"', literal=True)


def _conversions(action_type: str) -> pl.Expr:
    """Value of an action as text; empty, which is refused as no number, where it is listed without one."""
    if not action_type:
        return pl.lit(None, pl.String)
    value = _actions().str.json_path_match(f'$[?(@.action_type=="{action_type}")].value')
    return (
        pl.when(_times_listed(action_type) == 0)
        .then(pl.lit("0"))
        .when(_actions().is_not_null())
        .then(value.fill_null(""))
    )


SOURCE = Source("meta_ads", shapes, MetaAdsOptions)
