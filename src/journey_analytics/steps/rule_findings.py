"""What is wrong with stage models as they stand, read off the models alone, for runs and for ``journey doctor``."""

from collections.abc import Iterator, Sequence

from journey_analytics.stage_model import Rule, Shadowed, StageModel, TextCondition, shadowed_rules
from journey_analytics.vocabulary import NEVER_INTERACTIONS


def model_warnings(models: Sequence[StageModel]) -> Iterator[str]:
    """A sentence for each stage nobody can be in, each model without a goal, each rule that can never take an event."""
    for model in models:
        yield from stage_warnings(model)
        yield from (f"{model.name}: {told_shadow(one)}" for one in shadowed_rules(model.rules))
        yield from (f"{model.name}: {told}" for rule in model.rules if (told := _never_asked(rule)))


def stage_warnings(model: StageModel) -> Iterator[str]:
    """A sentence for each stage that no rule leads to, and for a model without a goal."""
    led_to = {rule.stage for rule in model.rules}
    for stage in model.stage_names:
        if stage not in led_to:
            yield (
                f"{model.name}: no rule leads to stage {stage}, so nobody can ever be in it; the funnel counts there "
                f'those who went past it. Write a rule with stage = "{stage}", or delete the stage.'
            )
    if not model.goals:
        yield (
            f"{model.name}: no stage is the goal, so no journey can be completed, and all that end count as dropped "
            "off. Write is_goal = true below the [[stages]] that customers should reach."
        )


def told_shadow(one: Shadowed) -> str:
    """Which rule can never take an event, and why."""
    return (
        f"rule {one.rule.rule_id} ({one.rule.place}) can take nothing: {one.by.rule_id} ({one.by.place}) stands above "
        "it and matches whatever it matches. Move it up, or delete it."
    )


def _never_asked(rule: Rule) -> str:
    """Why a rule that asks for what is no interaction takes nothing; empty for others."""
    for condition in rule.conditions:
        match condition:
            case TextCondition("event_type", patterns) if all(name in NEVER_INTERACTIONS for name in patterns):
                return (
                    f"rule {rule.rule_id} ({rule.place}) can take nothing: {' and '.join(patterns)} is no interaction, "
                    "and rules are asked about these only: deliberate acts of customers. A fact can ask about it: "
                    f'when = "after_first({patterns[0]})".'
                )
            case _:
                pass
    return ""
