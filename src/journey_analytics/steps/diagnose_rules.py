"""How the rules do, asked again as they stand now of the events of the last run; part of ``journey doctor``."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from journey_analytics.config import Project
from journey_analytics.errors import JourneyError
from journey_analytics.stage_model import StageModel
from journey_analytics.steps.build import stage_models
from journey_analytics.steps.diagnosis import Finding
from journey_analytics.steps.rule_coverage import Coverage, rule_coverage
from journey_analytics.warehouse.queries import query_published

MOST_CUSTOMERS = 20_000
"""A look should be over soon; rules that match rarely are told by ``journey rules coverage``, which asks everybody."""

_SHOWN = 3
_LOOK = "See: journey rules coverage"
_LAST_RUN = """
select stages.stage_model,
    count(*) filter (stages.stage = '(unmapped)' and stages.rule_id is null) / count(*) as unmapped_rate,
    count(distinct touchpoints.customer_id) as customers_count,
    coalesce(list(distinct stages.rule_id) filter (stages.rule_id is not null), []) as rule_ids
from journeys.touchpoints as touchpoints inner join journeys.touchpoint_stages as stages using (stages_code)
where touchpoints.is_interaction
group by all
"""


def diagnose_rules(project: Project, published: Path) -> Iterator[Finding]:
    """Which interactions have no stage, which rules take nothing, and which event types nobody knows.

    Where a run holds the pipeline's own database, what the last run published is told instead, and that it is so.
    """
    last_run = {row["stage_model"]: row for row in query_published(published, _LAST_RUN).rows(named=True)}
    try:
        found = rule_coverage(project, most_customers=MOST_CUSTOMERS)
    except JourneyError:
        models = stage_models(project)
        for model in models:
            row = last_run.get(model.name, {"unmapped_rate": 0.0, "rule_ids": []})
            yield _mapping(project, model, models, row["unmapped_rate"], " (by the last run)")
            yield _use(model, set(row["rule_ids"]), " (by the rules of the last run)")
        return
    is_sample = any(row["customers_count"] > MOST_CUSTOMERS for row in last_run.values())
    asked = f" (asked now, of {MOST_CUSTOMERS:,} customers)" if is_sample else " (asked now)"
    models = [one.model for one in found]
    for one in found:
        total = one.counts.interactions_count
        rate = sum(gone["interactions_count"] for gone in one.untaken) / total if total else 0.0
        yield _mapping(project, one.model, models, rate, asked)
        yield _use(one.model, _used(one), asked)
        yield from (Finding("rules", "warning", f"{one.model.name}: {word}", _LOOK) for word in one.unknown_types)


def _mapping(project: Project, model: StageModel, models: Sequence[StageModel], rate: float, asked: str) -> Finding:
    """How many interactions have no stage; the limit is for the main model, as others may be about a part of them."""
    limit = project.settings.checks.max_unmapped_rate
    told = f"{f'{model.name}: ' if len(models) > 1 else ''}{rate:.1%} of interactions have no stage"
    if rate > limit and model is models[0]:
        return Finding("mapping", "warning", f"{told}, and the limit is {limit:.0%}{asked}", _LOOK)
    return Finding("mapping", "good", f"{told}{asked}")


def _use(model: StageModel, used: set[str], asked: str) -> Finding:
    idle = [rule.rule_id for rule in model.rules if rule.rule_id not in used]
    told = f"{model.name}: {len(model.rules) - len(idle)} of {len(model.rules)} rules take an interaction"
    more = ", ..." if len(idle) > _SHOWN else ""
    listed = f", not {', '.join(idle[:_SHOWN])}{more}" if idle else ""
    return Finding("rules", "good", f"{told}{listed}{asked}", _LOOK if idle else "")


def _used(found: Coverage) -> set[str]:
    """Rules that take an interaction."""
    taken = found.counts.takers.diagonal()
    return {rule.rule_id for rule, count in zip(found.model.rules, taken, strict=True) if count}
