"""Stage rules once more, slowly: each condition in the words of the definitions, one event after another."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from journey_analytics.stage_model import (
    Comparison,
    Condition,
    EntryCondition,
    FactCondition,
    KnownCondition,
    NumberCondition,
    PropertyCondition,
    SessionCondition,
    StageModel,
    TextCondition,
    UnlessCondition,
)
from journey_analytics.vocabulary import UNMAPPED
from tests.oracle.slow import Event, is_interaction

TIMEOUT, LONGEST = timedelta(minutes=30), timedelta(hours=24)


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
    """Whether all conditions hold for an event. What comes after it is not even given."""
    return all(_holds(condition, event, earlier) for condition in conditions)


def _holds(condition: Condition, event: Event, earlier: list[Event]) -> bool:
    match condition:
        case TextCondition("page_path", patterns):
            return _is_one(_path(event["page_url"]), patterns)
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
        case KnownCondition(kinds):
            return any(one[f"has {kind}"] for one in [*earlier, event] for kind in kinds)
        case SessionCondition() | EntryCondition():
            return _session_holds(condition, event, earlier)
        case UnlessCondition(inner):
            return not hold(inner, event, earlier)
    raise AssertionError(condition)


def _path(address: str | None) -> str | None:
    if address is None:
        return None
    path = address.split("?")[0].split("#")[0].split("://")[-1]
    below = path.split("/", 1)
    return "/" + below[1].rstrip("/") if len(below) > 1 else "/"


def _is_one(text: str | None, patterns: tuple[str, ...]) -> bool:
    if text is None:
        return False
    return any(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) for pattern in patterns)


def _fact_holds(condition: FactCondition, event: Event, earlier: list[Event]) -> bool:
    def is_one(one: Event) -> bool:
        return one["event_type"] in condition.event_types or any(hold(other, one, []) for other in condition.others)

    before = [one for one in earlier if is_one(one)]
    if condition.fact == "before_first":
        return not before
    if condition.fact == "after_first":
        return bool(before)
    if condition.fact == "nth":
        return _compares(condition.comparison, len(before) + is_one(event))
    unit = 86_400 if condition.fact.startswith("days") else 3_600
    since = before[:1] if condition.fact.endswith("first") else before[-1:]
    return bool(since) and _compares(
        condition.comparison, (event["occurred_at"] - since[0]["occurred_at"]).total_seconds() / unit
    )


def _in_session(event: Event) -> bool:
    return is_interaction(event) and event["time_precision"] == "instant"


def _session_holds(condition: SessionCondition | EntryCondition, event: Event, earlier: list[Event]) -> bool:
    """The sessions up to this event, cut as they come: the last of them is its own."""
    if not _in_session(event):
        return False
    sessions: list[list[Event]] = []
    for one in filter(_in_session, [*earlier, event]):
        at = one["occurred_at"]
        if (
            not sessions
            or at - sessions[-1][-1]["occurred_at"] > TIMEOUT
            or at - sessions[-1][0]["occurred_at"] > LONGEST
        ):
            sessions.append([])
        sessions[-1].append(one)
    own = sessions[-1]
    match condition:
        case EntryCondition(inner):
            return _holds(inner, own[0], [])
        case SessionCondition("index", comparison):
            return _compares(comparison, len(sessions))
        case SessionCondition("position", comparison):
            return _compares(comparison, len(own))
        case SessionCondition(_, comparison):
            gaps = [own[0]["occurred_at"] - other[-1]["occurred_at"] for other in sessions[-2:-1]]
            return any(_compares(comparison, gap.total_seconds() / 86_400) for gap in gaps)


def _compares(comparison: Comparison | None, number: float) -> bool:
    assert comparison is not None
    found: Any = comparison.compare(number)
    return bool(found)
