"""Coverage: which interactions no rule takes, and which rules take none, by the rules as they stand now."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from journey_analytics.config import Project
from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.readable import percent, plural
from journey_analytics.stage_model import Rule, StageModel, shadowed_rules
from journey_analytics.steps.analysed import analysed_facts
from journey_analytics.steps.build import stage_models
from journey_analytics.steps.event_type_words import named_types
from journey_analytics.steps.rule_findings import stage_warnings
from journey_analytics.transform.rule_counts import RuleCounts, count_rules
from journey_analytics.vocabulary import EVENT_TYPES
from journey_analytics.warehouse.connection import opened

_TEMPLATES = 5


@dataclass(frozen=True)
class Idle:
    """A rule that takes no interaction, and why."""

    rule: Rule
    why: str


@dataclass(frozen=True)
class Coverage:
    """What a model's rules take of the interactions that were looked at.

    Attributes:
        model: The model.
        counts: The counts.
        idle: Rules that take nothing.
        unknown_types: Event types that rules name and no event has, each with the rule and a hint.
    """

    model: StageModel
    counts: RuleCounts
    idle: list[Idle]
    unknown_types: list[str]

    @property
    def untaken(self) -> list[dict[str, Any]]:
        """What no rule takes, by channel and event type, most frequent first."""
        order = ["interactions_count", "channel", "event_type"]
        return self.counts.untaken.sort(order, descending=[True, False, False]).rows(named=True)

    @property
    def lines(self) -> Iterator[str]:
        """The same in sentences, with rules to paste."""
        total, untaken = self.counts.interactions_count, self.untaken
        missing = sum(row["interactions_count"] for row in untaken)
        share = f" ({percent(missing / total, exact=True)})" if missing else ""
        yield f"{self.model.name}: no rule takes {missing:,} of {plural(total, 'interaction')}{share}"
        for row in untaken:
            yield f"{row['interactions_count']:>11,}  {row['event_type']} ({row['channel']})"
        for idle in self.idle:
            yield f"takes nothing: rule {idle.rule.rule_id} ({idle.rule.place}): {idle.why}"
        yield from self.unknown_types
        yield from stage_warnings(self.model)
        if untaken:
            yield from ("", "Rules to paste, above those that they must win against; replace each ? by a stage of:")
            yield f"# {', '.join(self.model.stage_names)}, (unmapped)"
            for row in untaken[:_TEMPLATES]:
                yield from ("", *_template(row))

    @property
    def document(self) -> dict[str, Any]:
        """The same as data."""
        return {
            "model": self.model.name,
            "interactions": self.counts.interactions_count,
            "untaken": self.untaken,
            "rules": [
                {"rule_id": rule.rule_id, "place": rule.place, "matched": int(row.sum()), "taken": int(row[index])}
                for index, (rule, row) in enumerate(zip(self.model.rules, self.counts.takers, strict=True))
            ],
            "take_nothing": [{"rule_id": one.rule.rule_id, "why": one.why} for one in self.idle],
            "unknown_event_types": self.unknown_types,
            "warnings": list(stage_warnings(self.model)),
        }


def rule_coverage(project: Project, only: str | None = None, most_customers: int | None = None) -> list[Coverage]:
    """Ask the rules about all interactions, or those of some customers.

    Args:
        project: The project.
        only: Name of a model; all of them by default.
        most_customers: How many customers to look at, at most; all by default.

    Raises:
        UsageError: There was no run yet, or there is no such model.
    """
    models = stage_models(project)
    names = [model.name for model in models]
    if only is not None and only not in names:
        raise UsageError(f"'{only}' is no stage model of journey.toml.", hint=did_you_mean(only, names))
    chosen = [model for model in models if only in (None, model.name)]
    counts: dict[str, RuleCounts] = {}
    with opened(project.state_database, read_only=True) as connection:
        for facts in analysed_facts(connection, project, chosen, most_customers):
            for model in chosen:
                found = count_rules(facts, model)
                counts[model.name] = counts[model.name] + found if model.name in counts else found
    if not counts:
        raise UsageError("the last run had no events to look at.", hint="See: journey status")
    return [
        Coverage(model, counts[model.name], _idle(model, counts[model.name]), _unknown(model, counts[model.name]))
        for model in chosen
    ]


def _idle(model: StageModel, counts: RuleCounts) -> list[Idle]:
    shadowed = {one.rule.rule_id: one.by for one in shadowed_rules(model.rules)}
    found: list[Idle] = []
    for index, rule in enumerate(model.rules):
        takers = counts.takers[index]
        if takers[index]:
            continue
        if rule.rule_id in shadowed:
            by = shadowed[rule.rule_id]
            why = f"whatever it matches, {by.rule_id} ({by.place}) above it takes; it can go, or must stand higher"
        elif takers.any():
            best = model.rules[int(np.argmax(takers))]
            matched = plural(int(takers.sum()), "interaction")
            why = f"the {matched} that it matches go to rules above it, most to {best.rule_id} ({best.place})"
        else:
            why = "no interaction matches it"
        found.append(Idle(rule, why))
    return found


def _unknown(model: StageModel, counts: RuleCounts) -> list[str]:
    """Event types that are neither ours nor in the data: words that may be misspelled."""
    known = counts.event_types | set(EVENT_TYPES)
    found: list[str] = []
    for rule in model.rules:
        for name in named_types(rule):
            if name not in known:
                near = did_you_mean(name, known)
                hint = f" {near}" if near.startswith("Did you mean") else ""
                found.append(f"no event has the type '{name}': rule {rule.rule_id} ({rule.place}).{hint}")
    return found


def _template(row: dict[str, Any]) -> list[str]:
    name = json.dumps(row["event_type"], ensure_ascii=False)
    return [
        f"# {plural(row['interactions_count'], 'interaction')}",
        "[[rules]]",
        'stage = "?"',
        f"event_type = {name}",
        f'channel = "{row["channel"]}"',
    ]
