"""The touches of the newest year, and the paths of these to each conversion of each stage model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from journey_analytics.analysis.attribution.conversion_paths import conversion_paths
from journey_analytics.analysis.attribution.touch_paths import ConversionPaths
from journey_analytics.vocabulary import OTHER

DIRECT = "(direct)"
"""Channel of a visit whose source is not known."""

_PERIOD_DAYS = 365
_LOOK_BACK_DAYS = 90
_MOST_CAMPAIGNS = 50
_BETWEEN = "\x1f"
_SINCE = f"""
    select watermark_at, time_zone, watermark_at - to_days({_PERIOD_DAYS}) as since_at,
        since_at - to_days({_LOOK_BACK_DAYS}) as looked_back_at
    from ops.settings
"""

TOUCHES: Mapping[str, str] = {
    "settings": f"""
        with asked as ({_SINCE})
        select since_at, watermark_at, cast(watermark_at at time zone time_zone as date) as to_on,
            greatest(
                cast(since_at at time zone time_zone as date),
                (select min(occurred_on) from journeys.touchpoints where is_interaction)
            ) as from_on
        from asked
    """,
    "touches": f"""
        with asked as ({_SINCE})
        select
            ('0x' || touchpoints.customer_id)::ubigint as customer, touchpoints.touchpoint_index,
            touchpoints.occurred_at, sessions.ended_at,
            concat_ws(
                chr(31), case when touchpoints.is_direct_traffic then '{DIRECT}' else touchpoints.entry_channel end,
                coalesce(touchpoints.campaign_source, ''), coalesce(touchpoints.campaign_medium, ''),
                coalesce(touchpoints.campaign_name, '')
            ) as label
        from journeys.touchpoints as touchpoints
        cross join asked
        left join journeys.sessions as sessions on touchpoints.touchpoint_id = sessions.session_id
        where touchpoints.is_interaction
            and (touchpoints.session_id is null or touchpoints.session_id = touchpoints.touchpoint_id)
            and coalesce(sessions.ended_at, touchpoints.occurred_at) >= asked.looked_back_at
    """,
    "conversions": f"""
        with asked as ({_SINCE}),
        payments as (
            select customer_id, touchpoint_id, event_type, coalesce(currency, '') as currency,
                case when event_type = 'refund' then -abs(value) else value end as value,
                count(*) filter (where event_type = 'purchase') over (
                    partition by customer_id, coalesce(currency, '') order by touchpoint_index
                ) as purchase_index
            from journeys.touchpoints
            where event_type in ('purchase', 'refund')
        ),
        worth as (
            select any_value(touchpoint_id) filter (where event_type = 'purchase') as touchpoint_id,
                greatest(sum(value), 0) as value
            from payments
            group by customer_id, currency, purchase_index
        )
        select conversions.stage_model, conversions.conversion,
            ('0x' || conversions.customer_id)::ubigint as customer, conversions.occurred_at,
            coalesce(worth.value, touchpoints.value)::double as value,
            case when coalesce(worth.value, touchpoints.value) is not null then touchpoints.currency end as currency
        from journeys.conversions as conversions
        cross join asked
        inner join journeys.touchpoints as touchpoints on conversions.touchpoint_id = touchpoints.touchpoint_id
        left join worth on conversions.touchpoint_id = worth.touchpoint_id
        where conversions.occurred_at >= asked.looked_back_at
    """,
}
"""Sessions and touchpoints outside of them with what brought them, and conversions with what they are worth net: a
refund is taken off the purchase before it."""


@dataclass(frozen=True)
class GoalPaths:
    """Paths to a conversion of a stage model.

    Attributes:
        stage_model: Its name.
        conversion: Name of the conversion in the model.
        paths: Paths that ended in the period; credit goes to labels, numbers of which are rows of ``labels``.
        labels: Of each label ``channel``, ``campaign`` (source, medium and name, else the channel),
            ``campaign_source``, ``campaign_medium``, ``campaign_name``, ``touches_count``.
        currency: In which values are; that of most conversions that have one.
        other_currencies_count: Conversions of another currency; they are worth nothing here.
    """

    stage_model: str
    conversion: str
    paths: ConversionPaths
    labels: pl.DataFrame
    currency: str | None
    other_currencies_count: int

    def by(self, dimension: str) -> ConversionPaths:
        """The paths, with credit going to a column of the labels."""
        return self.paths.renamed(self.labels[dimension].to_list())


def goal_paths(frames: Mapping[str, pl.DataFrame]) -> Iterator[GoalPaths]:
    """The paths to every conversion that happened in the period, by the queries of ``TOUCHES``."""
    since, watermark = frames["settings"].select("since_at", "watermark_at").row(0)
    every = frames["conversions"].sort("stage_model", "conversion")
    for (model, conversion), found in every.group_by("stage_model", "conversion", maintain_order=True):
        if found.filter(pl.col("occurred_at") >= since).height:
            yield _goal_paths(str(model), str(conversion), frames["touches"], found, since, watermark)


def _goal_paths(
    model: str, conversion: str, touches: pl.DataFrame, conversions: pl.DataFrame, since: datetime, watermark: datetime
) -> GoalPaths:
    known = conversions.filter(pl.col("currency").is_not_null(), pl.col("occurred_at") >= since)["currency"]
    common = known.value_counts().sort("count", "currency", descending=[True, False])
    currency: str | None = common["currency"][0] if len(common) else None
    is_other = pl.col("currency").ne_missing(currency) & pl.col("currency").is_not_null()
    paths = conversion_paths(
        touches, conversions.with_columns(value=pl.when(~is_other).then("value")), customer="customer", channel="label",
        until="ended_at", order=["touchpoint_index"], value="value", look_back=timedelta(days=_LOOK_BACK_DAYS),
        since=since, watermark=watermark,
    )  # fmt: skip
    others = len(known) - int(common["count"][0] if len(common) else 0)
    return GoalPaths(model, conversion, paths, _labels(paths), currency, others)


def _labels(paths: ConversionPaths) -> pl.DataFrame:
    """What each label says; of rare campaigns only that they are others."""
    said = pl.Series("said", [*paths.names], dtype=pl.String).str.split(_BETWEEN)
    parts = ("campaign_source", "campaign_medium", "campaign_name")
    labels = pl.DataFrame(said).select(
        channel=pl.col("said").list.get(0),
        **{name: pl.col("said").list.get(place, null_on_oob=True).replace("", None)
           for place, name in enumerate(parts, start=1)},
    )  # fmt: skip
    has_campaign = pl.any_horizontal(pl.col(name).is_not_null() for name in parts)
    named = pl.concat_str([pl.col(name).fill_null("–") for name in parts], separator=" / ")
    ranked = labels.with_columns(
        campaign=pl.when(has_campaign).then(named).otherwise("channel"),
        touches_count=np.bincount(paths.code, minlength=len(labels)),
    )
    most = (
        ranked.filter(has_campaign).group_by("campaign").agg(pl.col("touches_count").sum())
        .sort("touches_count", "campaign", descending=[True, False]).head(_MOST_CAMPAIGNS)["campaign"]
    )  # fmt: skip
    is_told = ~has_campaign | pl.col("campaign").is_in(most.to_list())
    return ranked.with_columns(campaign=pl.when(is_told).then("campaign").otherwise(pl.lit(OTHER)))
