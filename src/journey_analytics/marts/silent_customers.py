"""Customers whose journey has not lapsed, and how probable it is that they are gone for good all the same."""

from collections.abc import Mapping

import polars as pl

from journey_analytics.analysis.survival.gone import gone_probabilities
from journey_analytics.contracts import declare_table
from journey_analytics.marts.mart import Mart
from journey_analytics.marts.silences import QUERIES, learning_options, silences_by_model

_TABLE = declare_table(
    "marts.silent_customers",
    "customer whose journey has not lapsed and has a stage, stage model",
    "stage_model, customer_id",
    """
    stage_model VARCHAR!    | Name of the stage model.
    customer_id VARCHAR!    | Customer.
    journey_id VARCHAR!     | The journey; what became of it so far is in marts.journey_outcomes.
    stage VARCHAR!          | Stage that the customer is in.
    silent_seconds DOUBLE!  | From the last interaction to the watermark.
    lapses_at TIMESTAMPTZ!  | When the silence becomes a drop-off, or churn.
    gone_probability DOUBLE | Probability of never coming back, given that silence; null where too few are known.
    longest_seconds DOUBLE  | Longest silence that is told of: who is not back after it counts as gone.
    is_pooled BOOLEAN!      | The stage has so few silences that those of all stages stand for them.
    """,
)


def _compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    options = learning_options(frames)
    told = [_TABLE.empty()]
    for model, own, _ in silences_by_model(frames):
        silent = frames["silent"].filter(pl.col("stage_model") == model)
        rows = gone_probabilities(own, silent, options=options)
        told.append(rows.with_columns(silent_seconds=pl.col("microseconds") / 1e6).select(_TABLE.column_names))
    return pl.concat(told, how="vertical_relaxed")


MART = Mart(
    _TABLE,
    "Customers whose journey has not lapsed: for how long they have been silent, and how probable it is that they "
    "never come back, by the silences of all who were in their stage.",
    {
        **QUERIES,
        "silent": """
            select silences.stage_model, silences.customer_id, journeys.journey_id, silences.stage, journeys.lapses_at,
                epoch_us(settings.watermark_at) - epoch_us(silences.started_at) as microseconds
            from journeys.silences as silences
            inner join journeys.journeys as journeys
                on silences.stage_model = journeys.stage_model and silences.customer_id = journeys.customer_id
            cross join ops.settings as settings
            where silences.ended_at is null and journeys.lapses_at >= settings.watermark_at
            order by silences.stage_model, silences.customer_id
        """,
    },
    _compute,
)
