"""What customers did of late, step by step: the stages they entered, and their contacts by event type."""

from collections.abc import Iterator, Mapping

import polars as pl

from journey_analytics.analysis.step_sequences import StepSequences, step_sequences

_JOURNEYS_COUNT = 50_000

_RECENT = f"""
with recent as (
    select journeys.stage_model, journeys.customer_id, journeys.journey_id, journeys.started_at,
        journeys.last_interaction_at, journeys.lapses_at
    from journeys.journeys as journeys
    cross join ops.settings as settings
    qualify
        journeys.lapses_at >= settings.watermark_at
        or row_number() over (
            partition by journeys.stage_model order by journeys.started_at desc, journeys.journey_id
        ) <= {_JOURNEYS_COUNT}
)
"""

QUERIES: Mapping[str, str] = {
    "settings": "select main_stage_model, watermark_at from ops.settings",
    "stage": f"""{_RECENT}
        select recent.stage_model, recent.customer_id, recent.journey_id, visits.visit_index as place,
            visits.entered_at as occurred_at, visits.stage as step, recent.lapses_at
        from recent
        inner join journeys.stage_visits as visits
            on recent.stage_model = visits.stage_model and recent.journey_id = visits.journey_id
    """,
    "event_type": f"""{_RECENT}
        select recent.stage_model, recent.customer_id, recent.journey_id, touchpoints.touchpoint_index as place,
            touchpoints.occurred_at, touchpoints.event_type as step, recent.lapses_at
        from recent
        inner join ops.settings as settings on recent.stage_model = settings.main_stage_model
        inner join journeys.touchpoints as touchpoints
            on recent.customer_id = touchpoints.customer_id
            and touchpoints.occurred_at between recent.started_at and recent.last_interaction_at
        where touchpoints.is_interaction
    """,
}
"""Of journeys that have not lapsed, and of the latest: a row per step. What is older tells less, and costs."""


def recent_steps(frames: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, str, StepSequences]]:
    """Stage model, what a step is (``stage`` or ``event_type``), and the steps of its journeys."""
    until = frames["settings"]["watermark_at"].item()
    for unit in ("stage", "event_type"):
        for (model,), steps in frames[unit].sort("stage_model").group_by("stage_model", maintain_order=True):
            sequences = step_sequences(
                steps, lapses_at="lapses_at", until=until, case="journey_id", event="step", ties=["place"]
            )
            yield str(model), unit, sequences
