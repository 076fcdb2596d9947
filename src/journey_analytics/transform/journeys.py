"""Journeys and stage visits: a customer's interactions between silences, and the stays in stages within them."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from journey_analytics.stage_model import StageModel


def add_journeys(touchpoints: pl.DataFrame, model: StageModel, lapse_after: timedelta) -> pl.DataFrame:
    """Cut interactions into journeys.

    A journey ends when the silence after an interaction is longer than the limit θ of the stage the customer was in:
    that of the last mapped interaction, also of an earlier journey; before the first ever, the project's default.

    Args:
        touchpoints: Touchpoints in total order, with ``mapped_stage`` by the model.
        model: The stage model; a stage may set its own limit.
        lapse_after: The default limit.

    Returns:
        The interactions, with ``journey_key`` (key of the journey's first event), ``journey_index`` (from 1 within the
        customer) and ``lapses_at`` (when silence after this interaction would become a drop-off).
    """
    own_limits = {stage.name: stage.lapse_after for stage in model.stages if stage.lapse_after is not None}
    current_stage = pl.col("mapped_stage").forward_fill().over("customer_key")
    previous = pl.col("lapses_at").shift().over("customer_key")
    return (
        touchpoints.filter("is_interaction")
        .with_columns(lapses_at=pl.col("occurred_at") + _limit(current_stage, own_limits, lapse_after))
        .with_columns(starts_journey=previous.is_null() | (pl.col("occurred_at") > previous))
        .with_columns(
            journey_key=pl.when("starts_journey").then("event_key").forward_fill(),
            journey_index=pl.col("starts_journey").cast(pl.Int32).cum_sum().over("customer_key"),
        )
        .drop("starts_journey")
    )


def _limit(stage: pl.Expr, own_limits: Mapping[str, timedelta], default: timedelta) -> pl.Expr:
    limit: pl.Expr = pl.lit(default)
    for name, own in own_limits.items():
        limit = pl.when(stage == name).then(pl.lit(own)).otherwise(limit)
    return limit


def stage_visits(interactions: pl.DataFrame) -> pl.DataFrame:
    """Unbroken stays in a stage, within a journey.

    Args:
        interactions: Interactions in total order, with journeys and ``mapped_stage``. Those without a stage neither
            break nor start a visit.

    Returns:
        The columns of ``journeys.stage_visits`` but the model's name, in the order of customers and time.
    """
    previous_stage = pl.col("mapped_stage").shift().over("journey_key")
    visits = (
        interactions.filter(pl.col("mapped_stage").is_not_null())
        .with_columns(starts_visit=pl.col("mapped_stage").ne_missing(previous_stage))
        .with_columns(visit_key=pl.when("starts_visit").then("event_key").forward_fill())
        .group_by("visit_key", maintain_order=True)
        .agg(
            pl.col("journey_key", "customer_key").first(),
            stage=pl.col("mapped_stage").first(),
            entered_at=pl.col("occurred_at").first(),
            last_interaction_at=pl.col("occurred_at").last(),
            touchpoints_count=pl.len().cast(pl.Int32),
        )
    )
    return visits.with_columns(
        visit_index=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("journey_key"),
        previous_stage=pl.col("stage").shift(1).over("journey_key"),
        next_stage=pl.col("stage").shift(-1).over("journey_key"),
        left_at=pl.col("entered_at").shift(-1).over("journey_key"),
    )


def summarize_journeys(interactions: pl.DataFrame, visits: pl.DataFrame, model: StageModel) -> pl.DataFrame:
    """One row per journey.

    Returns:
        The columns of ``journeys.journeys`` but the model's name. Facts only: what became of a journey depends on the
        watermark and is derived where it is asked for.
    """
    reached = pl.col("entered_at").filter(pl.col("stage").is_in(model.goals)).first()
    by_visits = visits.group_by("journey_key").agg(stages=pl.col("stage"), goal_reached_at=reached)
    journeys = interactions.group_by("journey_key", maintain_order=True).agg(
        pl.col("customer_key", "journey_index").first(),
        started_at=pl.col("occurred_at").first(),
        last_interaction_at=pl.col("occurred_at").last(),
        lapses_at=pl.col("lapses_at").last(),
        first_channel=pl.col("entry_channel").first(),
        touchpoints_count=pl.len().cast(pl.Int32),
        sessions_count=pl.col("session_key").drop_nulls().n_unique().cast(pl.Int32),
    )
    return journeys.join(by_visits, on="journey_key", how="left", maintain_order="left").with_columns(
        pl.col("stages").fill_null([])
    )
