"""When silence becomes a drop-off: a limit that is set, or limits that are learned."""

from datetime import timedelta

from pydantic import Field

from journey_analytics.config.setting_values import Duration, LearnableDuration, Section

UNLEARNED_LAPSE_AFTER = timedelta(days=30)
"""Limit of silence where none is set: by default, and under ``"auto"`` as long as nothing has been learned."""


class JourneySection(Section):
    """When silence becomes a drop-off (θ).

    Attributes:
        lapse_after: A longer silence ends a journey; without a goal it has dropped off. Not shorter than
            ``sessions.timeout``. A stage may set its own limit. ``auto``: the limit of each stage is the one that
            ``journey lapse learn`` learned last; until then, and before the first stage, 30 days.
        return_horizon: How far ahead a return counts when a limit is learned and tested.
        most_returning: A limit is learned as the shortest silence after which a smaller share than this returns within
            ``return_horizon``.
    """

    lapse_after: LearnableDuration = UNLEARNED_LAPSE_AFTER
    return_horizon: Duration = timedelta(days=90)
    most_returning: float = Field(default=0.05, gt=0, lt=1)

    @property
    def is_learned(self) -> bool:
        """Whether the limits are those that were learned."""
        return self.lapse_after == "auto"

    @property
    def default_limit(self) -> timedelta:
        """The limit where a stage has none, and before the first stage."""
        return UNLEARNED_LAPSE_AFTER if self.lapse_after == "auto" else self.lapse_after
