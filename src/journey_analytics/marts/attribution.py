"""How much of the conversions of the newest year each channel and campaign is given, by every model, with its cost."""

from collections.abc import Mapping

import polars as pl

from journey_analytics.analysis.attribution.attribution import MODELS, attribution
from journey_analytics.analysis.attribution.credit_rules import RuleOptions
from journey_analytics.contracts import declare_table
from journey_analytics.marts.mart import Mart
from journey_analytics.marts.touch_costs import COSTS, are_whole, campaign_costs, channel_costs
from journey_analytics.marts.touches import DIRECT, TOUCHES, GoalPaths, goal_paths
from journey_analytics.vocabulary import OTHER

_REPLICATES = 200
_HIGHER_ORDERS = ("markov_2", "markov_3")
_PARTS = ("campaign_source", "campaign_medium", "campaign_name")

_TABLE = declare_table(
    "marts.attribution",
    "conversion, model of credit, and channel or campaign",
    "stage_model, conversion, dimension, model, credited_to",
    """
    stage_model VARCHAR!          | Name of the stage model that declares the conversion.
    conversion VARCHAR!           | Name of the conversion in the model.
    dimension VARCHAR!            | What credit goes to: channel (entry channel) or campaign.
    model VARCHAR!                | How it is shared out, from first to shapley and markov_3: see above.
    credited_to VARCHAR!          | Channel, or source / medium / name of a campaign; (other) beyond 50 campaigns.
    campaign_source VARCHAR       | Its source, of a campaign.
    campaign_medium VARCHAR       | Its medium.
    campaign_name VARCHAR         | Its name.
    paths_count BIGINT!           | Conversions with such a touch before them.
    conversions_count BIGINT!     | All conversions of the period.
    null_paths_count BIGINT!      | Paths of touches that led to none, and whose 90 days are over.
    open_paths_count BIGINT!      | Paths that may still lead to one; they are in no figure.
    credited_conversions DOUBLE!  | Conversions credited; those of a model add up to conversions_count.
    credited_low DOUBLE           | Lower end of its 95 % interval, by customer; null for markov_2 and markov_3.
    credited_high DOUBLE          | Upper end.
    credited_rate DOUBLE!         | Share of all conversions.
    removal_effect DOUBLE         | Share of the conversions that the chain loses without it; of Markov models alone.
    value_currency VARCHAR        | Currency of the values: that of most conversions. Null where none has a value.
    other_currencies_count BIGINT! | Conversions with a value in another currency, which is not counted.
    credited_value DOUBLE         | Value credited, less refunds before the customer's next purchase.
    value_low DOUBLE              | Lower end of its 95 % interval.
    value_high DOUBLE             | Upper end.
    cost DOUBLE                   | Cost of the period: of all ads for the channel ad, by name or id for a campaign.
    cost_currency VARCHAR         | Its currency; both null where there are several.
    cost_per_conversion DOUBLE    | cost by credited_conversions. Null while costs of a part of the period are missing.
    from_on DATE!                 | First day of the period: a year before the watermark, or the first interaction.
    to_on DATE!                   | Its last day, that of the watermark.
    caveat VARCHAR!               | What none of the figures shows.
    """,
)


def _compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    first, last = frames["settings"].select("from_on", "to_on").row(0)
    costs = frames["costs"]
    period = {"from_on": pl.lit(first), "to_on": pl.lit(last), "is_whole": pl.lit(are_whole(costs, first, last))}
    found: list[pl.DataFrame] = []
    for goal in goal_paths(frames):
        found.append(_told(goal, "channel", channel_costs(costs), period))
        found.append(_told(goal, "campaign", campaign_costs(goal.labels, costs), period))
    return pl.concat([_TABLE.empty(), *found], how="vertical_relaxed")


def _told(goal: GoalPaths, dimension: str, costs: pl.DataFrame, period: Mapping[str, pl.Expr]) -> pl.DataFrame:
    paths, options = goal.by(dimension), RuleOptions(direct=[DIRECT])
    credited = attribution(paths, MODELS, options=options, replicates=_REPLICATES)
    if dimension == "channel":
        # As many states as channels have pairs and triples: of campaigns too many.
        credited = pl.concat([credited, attribution(paths, _HIGHER_ORDERS, options=options, replicates=0)])
    facts = {
        "stage_model": pl.lit(goal.stage_model),
        "conversion": pl.lit(goal.conversion),
        "dimension": pl.lit(dimension),
        "null_paths_count": pl.lit(int(paths.nulls.sum())),
        "open_paths_count": pl.lit(paths.open_count),
        "value_currency": pl.lit(goal.currency, pl.String),
        "other_currencies_count": pl.lit(goal.other_currencies_count),
    }
    has_cost = pl.col("is_whole") & (pl.col("credited_conversions") > 0)
    return (
        credited.drop("cost", "cost_per_conversion")
        .rename({"channel": "credited_to"})
        .join(_campaigns(goal, dimension), on="credited_to", how="left", maintain_order="left")
        .join(costs, on="credited_to", how="left", maintain_order="left")
        .with_columns(**facts, **period)
        .with_columns(
            pl.when(pl.col("value_currency").is_not_null()).then(pl.col("credited_value", "value_low", "value_high")),
            cost_per_conversion=pl.when(has_cost).then(pl.col("cost") / pl.col("credited_conversions")),
        )
        .select(_TABLE.column_names)
    )


def _campaigns(goal: GoalPaths, dimension: str) -> pl.DataFrame:
    """Source, medium and name of each that credit goes to."""
    is_told = pl.lit(dimension == "campaign") & (pl.col("campaign") != OTHER)
    return goal.labels.filter(is_told).select("campaign", *_PARTS).unique().rename({"campaign": "credited_to"})


MART = Mart(
    _TABLE,
    "How much of the conversions of the newest year, and of their value, each channel and campaign is given, and what "
    "it cost. Credit goes to sessions, by what brought the customer there, and to interactions outside of them: those "
    "since the customer's previous conversion, at most 90 days back. (direct) is a visit of unknown source, (none) a "
    "conversion without a touch. Models: first, last, last_non_direct, linear, position (40/20/40), time_decay "
    "(half-life 7 days), shapley, and the removal effects of a Markov chain, markov_1 to markov_3 (of campaigns "
    "markov_1 alone). None shows a causal effect: they share out what was seen, and cannot know who would have "
    "converted anyway. Only an experiment can.",
    {**TOUCHES, "costs": COSTS},
    _compute,
)
