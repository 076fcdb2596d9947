"""What customers did of late, step by step: the stages they entered, and their contacts by event type."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from journey_analytics.analysis.next_steps.next_step_scores import ORDERS
from journey_analytics.analysis.next_steps.step_sequences import StepSequences, step_sequences

UNITS = ("stage", "event_type")
_LEARNED_JOURNEYS = 20_000
_LAST_STEPS = max(ORDERS)

_SETTINGS = "select main_stage_model, watermark_at from ops.settings"

_JOURNEYS = """
with recent as (
    select journeys.stage_model, journeys.customer_id, journeys.journey_id, journeys.started_at,
        journeys.last_interaction_at, journeys.lapses_at
    from journeys.journeys as journeys
    cross join ops.settings as settings
    {chosen}
)
"""
_LATEST = f"""
inner join (
    select stage_model, list_min(max(started_at, {_LEARNED_JOURNEYS})) as since_at from journeys.journeys group by all
) as latest on journeys.stage_model = latest.stage_model and journeys.started_at >= latest.since_at
qualify row_number() over (
    partition by journeys.stage_model order by journeys.started_at desc, journeys.journey_id
) <= {_LEARNED_JOURNEYS}
"""
_GOING_ON = "where journeys.lapses_at >= settings.watermark_at"

_STEPS = {
    "stage": """
        select recent.stage_model, recent.customer_id, recent.journey_id, visits.visit_index as place,
            visits.entered_at as occurred_at, visits.stage as step, recent.lapses_at
        from recent
        inner join journeys.stage_visits as visits
            on recent.stage_model = visits.stage_model and recent.journey_id = visits.journey_id
    """,
    "event_type": """
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
_LAST = f"""
qualify row_number() over (partition by recent.stage_model, recent.journey_id order by place desc) <= {_LAST_STEPS}
"""

LEARNED: Mapping[str, str] = {
    "settings": _SETTINGS,
    **{unit: _JOURNEYS.format(chosen=_LATEST) + _STEPS[unit] for unit in UNITS},
}
"""Steps of the latest journeys: what is older tells less, and costs every night."""

GOING_ON: Mapping[str, str] = {
    f"{unit} going on": _JOURNEYS.format(chosen=_GOING_ON) + _STEPS[unit] + _LAST for unit in UNITS
}
"""The last steps of journeys that have not lapsed."""


@dataclass(frozen=True)
class RecentSteps:
    """Steps of the journeys of a stage model.

    Attributes:
        stage_model: Its name.
        unit: What a step is: ``stage`` or ``event_type``.
        learned: The steps of the latest journeys.
    """

    stage_model: str
    unit: str
    learned: StepSequences

    def going_on(self, frames: Mapping[str, pl.DataFrame]) -> StepSequences:
        """The last steps of those journeys that have not lapsed, by the names of the others."""
        steps = frames[f"{self.unit} going on"].filter(stage_model=self.stage_model)
        return _sequences(steps, frames, self.learned.names)


def recent_steps(frames: Mapping[str, pl.DataFrame]) -> Iterator[RecentSteps]:
    """The steps of every stage model; those by event type are of the journeys of the main one."""
    for unit in UNITS:
        for (model,), steps in frames[unit].sort("stage_model").group_by("stage_model", maintain_order=True):
            yield RecentSteps(str(model), unit, _sequences(steps, frames, None))


def _sequences(steps: pl.DataFrame, frames: Mapping[str, pl.DataFrame], names: tuple[str, ...] | None) -> StepSequences:
    return step_sequences(
        steps, lapses_at="lapses_at", until=frames["settings"]["watermark_at"].item(), case="journey_id",
        event="step", ties=["place"], names=names,
    )  # fmt: skip
