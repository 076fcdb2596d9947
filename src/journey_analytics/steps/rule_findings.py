"""Rules that are of no use, briefly: for the warnings of a run and for ``journey doctor``."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from journey_analytics.stage_model import Shadowed, StageModel, shadowed_rules
from journey_analytics.warehouse.queries import query_published

_SHOWN = 3


def shadow_warnings(models: Sequence[StageModel]) -> Iterator[str]:
    """A sentence for each rule that can never take an event."""
    for model in models:
        yield from (f"{model.name}: {told_shadow(one)}" for one in shadowed_rules(model.rules))


def told_shadow(one: Shadowed) -> str:
    """Which rule can never take an event, and why."""
    return (
        f"rule {one.rule.rule_id} ({one.rule.place}) can take nothing: {one.by.rule_id} ({one.by.place}) stands above "
        "it and matches whatever it matches. Move it up, or delete it."
    )


def told_use(database: Path, model: StageModel) -> str:
    """How many rules of the main model took an interaction in the published file, and which did not."""
    found = query_published(database, "select distinct rule_id from journeys.touchpoints where rule_id is not null")
    used = set(found["rule_id"].to_list())
    idle = [rule.rule_id for rule in model.rules if rule.rule_id not in used]
    told = f"{model.name}: {len(model.rules) - len(idle)} of {len(model.rules)} rules took an interaction"
    more = ", ..." if len(idle) > _SHOWN else ""
    return f"{told}, not {', '.join(idle[:_SHOWN])}{more}" if idle else told
