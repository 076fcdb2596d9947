"""What touches cost: daily figures of ad platforms, given to the channel of ads and to campaigns by their name."""

from datetime import date, timedelta

import polars as pl

from journey_analytics.vocabulary import OTHER, Channel

COSTS = """
    select costs.platform, costs.account_id, costs.campaign_id, costs.campaign_name, costs.currency,
        sum(costs.cost)::double as cost, min(costs.cost_on) as first_on, max(costs.cost_on) as last_on
    from marts.ad_costs as costs
    cross join ops.settings as settings
    where costs.cost_on between cast((settings.watermark_at - to_days(365)) at time zone settings.time_zone as date)
        and cast(settings.watermark_at at time zone settings.time_zone as date)
    group by all
"""
"""What each campaign cost in the year before the watermark."""

_MAY_LACK = timedelta(days=7)
_CAMPAIGN = ["platform", "account_id", "campaign_id"]


def channel_costs(costs: pl.DataFrame) -> pl.DataFrame:
    """The cost of all ads.

    Returns:
        ``credited_to`` (the channel of ads), ``cost`` and ``cost_currency``; both null where there are several, or one
        is not known. Without any cost no row.
    """
    return _summed(costs.with_columns(credited_to=pl.lit(Channel.AD.value)))


def campaign_costs(labels: pl.DataFrame, costs: pl.DataFrame) -> pl.DataFrame:
    """The cost of campaigns that are told by name or id in the tags of what they brought.

    A campaign of a platform that several campaigns of touches may be is none of theirs.

    Args:
        labels: ``channel``, ``campaign`` and ``campaign_name`` of touches.
        costs: As ``COSTS`` gives them.

    Returns:
        As ``channel_costs``, by ``campaign``.
    """
    of_ads = labels.filter(channel=Channel.AD.value).filter(pl.col("campaign") != OTHER)
    named = of_ads.select(credited_to="campaign", name=_compared("campaign_name")).drop_nulls().unique()
    keys = pl.concat([costs.select(*_CAMPAIGN, name=_compared(key)) for key in ("campaign_name", "campaign_id")])
    matched = keys.drop_nulls().unique().join(named, on="name").select(*_CAMPAIGN, "credited_to").unique()
    certain = matched.filter(pl.len().over(_CAMPAIGN) == 1)
    return _summed(costs.join(certain, on=_CAMPAIGN))


def are_whole(costs: pl.DataFrame, first: date, last: date) -> bool:
    """Whether costs reach from the first to the last day of a period, but for a week."""
    if costs.is_empty():
        return False
    begins, ends = costs.select(pl.col("first_on").min(), pl.col("last_on").max()).row(0)
    return begins <= first + _MAY_LACK and ends >= last - _MAY_LACK


def _compared(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase().str.strip_chars()


def _summed(costs: pl.DataFrame) -> pl.DataFrame:
    """The sum for each that credit goes to, where all is in one currency."""
    is_one = (pl.col("currency").n_unique() == 1) & pl.col("currency").is_not_null().all()
    return (
        costs.group_by("credited_to")
        .agg(
            cost=pl.when(is_one).then(pl.col("cost").sum()),
            cost_currency=pl.when(is_one).then(pl.col("currency").first()),
        )
        .sort("credited_to")
    )
