"""What customers do next whose journey goes on, with the score of such guesses beside it."""

from collections.abc import Mapping

import polars as pl

from journey_analytics.analysis.next_steps.next_steps import next_steps
from journey_analytics.contracts import declare_table
from journey_analytics.marts.mart import Mart
from journey_analytics.marts.recent_steps import GOING_ON, LEARNED, recent_steps

_TABLE = declare_table(
    "marts.next_steps",
    "customer whose journey has not lapsed, stage model and kind of step",
    "stage_model, unit, customer_id",
    """
    stage_model VARCHAR!       | Name of the stage model whose journeys are looked at.
    unit VARCHAR!              | What a step is: a stage entered, or the event_type of an interaction.
    customer_id VARCHAR!       | Customer.
    likely_step VARCHAR!       | The likeliest next step; (dropped_off) is one.
    likely_probability DOUBLE! | Its probability, given the last steps and the silence since.
    second_step VARCHAR        | The second likeliest.
    second_probability DOUBLE  | Its probability.
    third_step VARCHAR         | The third likeliest.
    third_probability DOUBLE   | Its probability.
    drop_off_probability DOUBLE! | Probability that nothing follows before the silence is a drop-off.
    memory_steps INTEGER!      | How many of the last steps had occurred together before: what the guess rests on.
    memory_count BIGINT!       | How often something followed these steps.
    top1_rate DOUBLE!          | How often such guesses came true on journeys they had not learned from.
    top1_rate_low DOUBLE!      | Lower end of its 95 % interval.
    top1_rate_high DOUBLE!     | Upper end.
    """,
)


def _compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    chosen = {(row["stage_model"], row["unit"]): row for row in frames["chosen"].iter_rows(named=True)}
    found: list[pl.DataFrame] = []
    for steps in recent_steps(frames):
        score = chosen.get((steps.stage_model, steps.unit))
        if score is None:
            continue
        told = next_steps(steps.going_on(frames), score["memory_order"], learned=steps.learned)
        rates = {name: pl.lit(score[name]) for name in ("top1_rate", "top1_rate_low", "top1_rate_high")}
        rows = told.with_columns(stage_model=pl.lit(steps.stage_model), unit=pl.lit(steps.unit), **rates)
        found.append(rows.rename({"customer": "customer_id"}).select(_TABLE.column_names))
    return pl.concat([pl.DataFrame(schema=_TABLE.schema), *found], how="vertical_relaxed")


MART = Mart(
    _TABLE,
    "What customers do next whose journey has not lapsed, likeliest first, learned from the recent journeys of all. "
    "Empty where there are too few to score it.",
    {**LEARNED, **GOING_ON, "chosen": "from marts.next_step_scores where is_chosen"},
    _compute,
)
