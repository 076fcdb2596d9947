"""Silences of customers by stage model, as the analyses of silence read them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import polars as pl

from journey_analytics.analysis.survival.lapse_thresholds import LearningOptions
from journey_analytics.analysis.survival.silences import silences_between

QUERIES: Mapping[str, str] = {
    "settings": """
        select watermark_at, session_timeout_seconds, return_horizon_seconds, most_returning from ops.settings
    """,
    "silences": "select stage_model, stage, started_at, ended_at from journeys.silences",
}


def learning_options(frames: Mapping[str, pl.DataFrame]) -> LearningOptions:
    """How limits are learned, by the settings of the project."""
    row = frames["settings"].row(0, named=True)
    return LearningOptions(
        horizon=timedelta(seconds=row["return_horizon_seconds"]),
        most_returning=row["most_returning"],
        shortest=timedelta(seconds=row["session_timeout_seconds"]),
    )


def silences_by_model(frames: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, pl.DataFrame, datetime]]:
    """Name, silences and watermark of each stage model; nothing without events."""
    watermark = frames["settings"]["watermark_at"].item()
    if watermark is None:
        return
    known = frames["silences"].sort("stage_model").group_by("stage_model", maintain_order=True)
    for (model,), own in known:
        yield str(model), silences_between(own.drop("stage_model"), watermark), watermark
