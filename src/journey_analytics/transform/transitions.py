"""Transitions: every step into a stage, from the start of the journey or from the stage before."""

import polars as pl

from journey_analytics.vocabulary import START


def transitions(visits: pl.DataFrame) -> pl.DataFrame:
    """One row per stage visit: the step that began it.

    The steps out of the last visits, to an outcome, depend on the watermark and are derived in marts.

    Args:
        visits: Stage visits in the order of customers and time.

    Returns:
        The columns of ``journeys.transitions`` but the model's name. ``elapsed_microseconds`` counts from the entry
        into the stage before; it is null from the start.
    """
    before = pl.col("entered_at").shift(1).over("journey_key")
    return visits.select(
        "visit_key",
        "journey_key",
        "customer_key",
        transition_index="visit_index",
        from_stage=pl.col("previous_stage").fill_null(START),
        to_stage="stage",
        occurred_at="entered_at",
        elapsed_microseconds=(pl.col("entered_at") - before).dt.total_microseconds(),
    )
