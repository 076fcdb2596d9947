"""The stage model as the rest of the program sees it: stages in order, rules in order, conversions."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Literal

from journey_analytics.stage_model.conditions import Condition, with_inner


@dataclass(frozen=True)
class Rule:
    """Puts an event into a stage when all its conditions hold; the stage ``(unmapped)`` leaves it out on purpose.

    ``place`` says where the rule stands, for people.
    """

    rule_id: str
    stage: str
    conditions: tuple[Condition, ...]
    place: str


@dataclass(frozen=True)
class Stage:
    """A stage; reaching one with ``is_goal`` completes a journey.

    ``lapse_after`` is the model's own limit of silence (θ), ``learned_lapse_after`` the one that is learned; both
    override the project's.
    """

    name: str
    title: str
    description: str
    is_goal: bool = False
    lapse_after: timedelta | None = None
    learned_lapse_after: timedelta | None = None

    def limit(self, default: timedelta) -> timedelta:
        """The limit in use: its own, else what was learned, else the project's."""
        return self.lapse_after or self.learned_lapse_after or default


@dataclass(frozen=True)
class Conversion:
    """Events that count as a conversion: each customer's first, or every one."""

    name: str
    conditions: tuple[Condition, ...]
    counts: Literal["first", "every"]


@dataclass(frozen=True)
class StageModel:
    """Stages in order, rules in order, conversions."""

    name: str
    title: str
    description: str
    stages: tuple[Stage, ...]
    rules: tuple[Rule, ...]
    conversions: tuple[Conversion, ...]

    @cached_property
    def stage_names(self) -> list[str]:
        """Names of the stages, in order."""
        return [stage.name for stage in self.stages]

    @cached_property
    def goals(self) -> list[str]:
        """Names of the stages whose reaching completes a journey."""
        return [stage.name for stage in self.stages if stage.is_goal]

    def conditions(self) -> list[Condition]:
        """Every condition of every rule and conversion, and those that they are made of."""
        return [one for holder in (*self.rules, *self.conversions) for one in with_inner(holder.conditions)]

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id."""
        return next((rule for rule in self.rules if rule.rule_id == rule_id), None)
