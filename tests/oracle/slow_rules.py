"""Stage rules once more, slowly: each condition in the words of the definitions, one event after another."""

import re
from collections.abc import Sequence
from typing import Any

from journey_analytics.stage_model import (
    Comparison,
    Condition,
    FactCondition,
    NumberCondition,
    PropertyCondition,
    StageModel,
    TextCondition,
)
from journey_analytics.vocabulary import UNMAPPED
from tests.oracle.slow import Event, is_interaction


def stages(points: list[Event], model: StageModel) -> list[tuple[str | None, str | None]]:
    """Stage and rule of each touchpoint of one customer."""
    found: list[tuple[str | None, str | None]] = []
    last: str | None = None
    for place, event in enumerate(points):
        if not is_interaction(event):
            found.append((last, None))
            continue
        rules = [rule for rule in model.rules if hold(rule.conditions, event, points[:place])]
        stage = rules[0].stage if rules else UNMAPPED
        last = last if stage == UNMAPPED else stage
        found.append((stage, rules[0].rule_id if rules else None))
    return found


def conversions(points: list[Event], model: StageModel) -> list[tuple[str, str]]:
    """Name and event id of each conversion of one customer."""
    found: list[tuple[str, str]] = []
    for conversion in model.conversions:
        events = [
            event["event_id"]
            for place, event in enumerate(points)
            if is_interaction(event) and hold(conversion.conditions, event, points[:place])
        ]
        found += [(conversion.name, event) for event in (events[:1] if conversion.counts == "first" else events)]
    return found


def hold(conditions: Sequence[Condition], event: Event, earlier: list[Event]) -> bool:
    """Whether all conditions hold for an event."""
    return all(_holds(condition, event, earlier) for condition in conditions)


def _holds(condition: Condition, event: Event, earlier: list[Event]) -> bool:
    match condition:
        case TextCondition(field, patterns):
            return _is_one(event[field], patterns)
        case NumberCondition(field, comparison):
            return event[field] is not None and _compares(comparison, float(event[field]))
        case PropertyCondition(path, patterns, None):
            return _is_one(event[f"property {path}"], patterns)
        case PropertyCondition(path, _, Comparison() as comparison):
            text = event[f"property {path}"]
            return text is not None and bool(re.fullmatch(r"-?\d+", text)) and _compares(comparison, float(text))
        case FactCondition():
            return _fact_holds(condition, event, earlier)
    raise AssertionError(condition)


def _is_one(text: str | None, patterns: tuple[str, ...]) -> bool:
    if text is None:
        return False
    return any(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) for pattern in patterns)


def _fact_holds(condition: FactCondition, event: Event, earlier: list[Event]) -> bool:
    before = [other for other in earlier if other["event_type"] in condition.event_types]
    if condition.fact == "before_first":
        return not before
    if condition.fact == "after_first":
        return bool(before)
    if condition.fact == "nth":
        return _compares(condition.comparison, len(before) + (event["event_type"] in condition.event_types))
    return bool(before) and _compares(
        condition.comparison, (event["occurred_at"] - before[0]["occurred_at"]).total_seconds() / 86_400
    )


def _compares(comparison: Comparison | None, number: float) -> bool:
    assert comparison is not None
    found: Any = comparison.compare(number)
    return bool(found)
