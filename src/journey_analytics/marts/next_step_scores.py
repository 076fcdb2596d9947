"""How well the next step of customers can be told, on journeys that the guess had not learned from."""

from collections.abc import Mapping

import polars as pl

from journey_analytics.analysis.next_steps.next_step_scores import next_step_scores
from journey_analytics.contracts import declare_table
from journey_analytics.marts.mart import Mart
from journey_analytics.marts.recent_steps import LEARNED, recent_steps

_TABLE = declare_table(
    "marts.next_step_scores",
    "stage model, kind of step and guess",
    "stage_model, unit, guess",
    """
    stage_model VARCHAR!   | Name of the stage model whose journeys are looked at.
    unit VARCHAR!          | What a step is: a stage entered, or the event_type of an interaction; or a drop-off.
    guess VARCHAR!         | By the last three steps (order 3), by how common steps are (order 0), or the same again.
    memory_order INTEGER   | How many last steps are looked at.
    is_chosen BOOLEAN!     | The guess of marts.next_steps: it lost least on journeys before those of the score.
    steps_count BIGINT!    | Steps guessed, of journeys that began in the last third.
    customers_count BIGINT! | Customers who made them.
    top1_rate DOUBLE!      | Share of steps that were the likeliest.
    top1_rate_low DOUBLE!  | Lower end of its 95 % interval; customers count, not steps.
    top1_rate_high DOUBLE! | Upper end.
    top3_rate DOUBLE!      | Share of steps that were among the three likeliest.
    top3_rate_low DOUBLE!  | Lower end of its 95 % interval.
    top3_rate_high DOUBLE! | Upper end.
    log_loss DOUBLE!       | Mean of -ln(probability of what happened), in nats: less is better.
    log_loss_low DOUBLE!   | Lower end of its 95 % interval.
    log_loss_high DOUBLE!  | Upper end.
    unseen_rate DOUBLE!    | Share of the moves that had never occurred before; the same for all guesses of a unit.
    expected_unseen_rate DOUBLE! | The same as it is to be expected from how many moves occurred once (Good and Turing).
    is_drifting BOOLEAN!   | More moves are new than chance makes, and than 1 %: customers go other ways.
    known_beginnings_rate DOUBLE! | Share of steps before which the journey was one that had occurred as a whole.
    decided_count BIGINT!  | Journeys that were open when the last third began, and have gone on or ended since.
    drop_off_brier DOUBLE  | Mean squared error of their probability to drop off, by the chosen guess: less is better.
    base_rate_brier DOUBLE | The same for their rate of drop-offs in its place.
    """,
)


def _compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    found: list[pl.DataFrame] = []
    for steps in recent_steps(frames):
        scored = next_step_scores(steps.learned)
        if scored is None:
            continue
        order = pl.col("guess").str.strip_prefix("order ").cast(pl.Int32, strict=False)
        rows = scored.scores.with_columns(
            stage_model=pl.lit(steps.stage_model),
            unit=pl.lit(steps.unit),
            memory_order=order,
            is_chosen=order.eq_missing(scored.order),
        )
        found.append(rows.join(scored.trust, how="cross").select(_TABLE.column_names))
    return pl.concat([pl.DataFrame(schema=_TABLE.schema), *found], how="vertical_relaxed")


MART = Mart(
    _TABLE,
    "Scores of guessing what customers do next: learned from two thirds of the recent journeys, scored on those that "
    "began after. Empty where there are fewer than 300 journeys.",
    LEARNED,
    _compute,
)
