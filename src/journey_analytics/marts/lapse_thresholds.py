"""Limits of silence in use, beside what would be learned now and how they would have done."""

from collections.abc import Mapping

import polars as pl

from journey_analytics.analysis.survival.lapse_review import review
from journey_analytics.contracts import declare_table
from journey_analytics.marts.mart import Mart
from journey_analytics.marts.silences import QUERIES, learning_options, silences_by_model

_TABLE = declare_table(
    "ops.lapse_thresholds",
    "stage of a stage model",
    "stage_model, stage",
    """
    stage_model VARCHAR!         | Name of the stage model.
    stage VARCHAR!               | Stage that the customer was in.
    stage_index INTEGER!         | Its place in the model, from 1.
    lapse_after_seconds DOUBLE!  | Limit in use: a longer silence is a drop-off.
    origin VARCHAR!              | Where it is from: stage_model, learned, setting, or default: not learned yet.
    version BIGINT               | Version of the learned limit; null where it is not learned.
    learned_until TIMESTAMPTZ    | Watermark of the data that it was learned from.
    present_seconds DOUBLE       | What would be learned now; null where too few silences were seen for so long.
    is_pooled BOOLEAN!           | The stage has so few silences of that length that all stages had to help.
    silences_count BIGINT!       | Silences of the stage, longer than the gap that ends a session.
    at_risk_count BIGINT!        | Of these, seen to go on for the present limit and the horizon.
    returning_rate DOUBLE        | Share of those silent for the limit in use who return within the horizon.
    returning_low DOUBLE         | Lower end of its 95 % interval.
    returning_high DOUBLE        | Upper end.
    has_drifted BOOLEAN!         | The present limit is more than a quarter off, and another share returns than allowed.
    customers_count BIGINT!      | Back test: customers who were silent, a horizon before the watermark.
    dropped_off_count BIGINT!    | Of these, silent for longer than the limit in use: judged dropped off.
    came_back_count BIGINT!      | Of these, back by the watermark.
    false_lapse_rate DOUBLE      | Came back, of those judged dropped off.
    false_lapse_low DOUBLE       | Lower end of its 95 % Wilson interval.
    false_lapse_high DOUBLE      | Upper end.
    missed_count BIGINT!         | Not judged dropped off, and yet not seen again.
    brier_score DOUBLE           | Mean squared error of the probability of being gone, as it was told then.
    """,
)


def _compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    options = learning_options(frames)
    found = {model: (own, at) for model, own, at in silences_by_model(frames)}
    told: list[pl.DataFrame] = []
    for (model,), stages in frames["stages"].group_by("stage_model", maintain_order=True):
        own, watermark = found.get(str(model), (None, None))
        told.append(stages if own is None or watermark is None else review(own, watermark, stages, options=options))
    rows = pl.concat([_TABLE.empty(), *told], how="diagonal_relaxed")
    counts = [name for name in _TABLE.column_names if name.endswith("_count")]
    return rows.with_columns(
        pl.col(counts).fill_null(0),
        pl.col("is_pooled").fill_null(value=True),
        pl.col("has_drifted").fill_null(value=False),
    )


MART = Mart(
    _TABLE,
    "Limits of silence: those in use, what would be learned now, and how many whom they would have judged dropped off "
    "came back. A limit that is learned changes only by journey lapse learn.",
    {
        **QUERIES,
        "stages": """
            select stages.stage_model, stages.stage, stages.stage_index, stages.lapse_after_seconds,
                stages.lapse_origin as origin,
                if(stages.lapse_origin = 'learned', settings.lapse_version, null) as version,
                if(stages.lapse_origin = 'learned', settings.lapse_learned_until, null) as learned_until
            from journeys.stages as stages
            cross join ops.settings as settings
            order by stages.stage_model, stages.stage_index
        """,
    },
    _compute,
)
