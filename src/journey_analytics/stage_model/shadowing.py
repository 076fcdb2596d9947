"""Rules that can never take an event, because one above them matches whatever they match. Read off the rules alone.

A rule above asks less: each of its conditions follows from one of the rule below. What does not follow from a single
condition is not seen here; ``journey rules coverage`` counts on the data.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from journey_analytics.stage_model.conditions import (
    Comparison,
    Condition,
    EntryCondition,
    FactCondition,
    KnownCondition,
    NumberCondition,
    PropertyCondition,
    SessionCondition,
    TextCondition,
    telling_numbers,
)
from journey_analytics.stage_model.model import Rule

_ANY = "\0"
"""Stands for what a pattern leaves open: no text of another pattern is the same."""


@dataclass(frozen=True)
class Shadowed:
    """A rule that can never take an event, and the one above it that takes them all."""

    rule: Rule
    by: Rule


def shadowed_rules(rules: Sequence[Rule]) -> list[Shadowed]:
    """Rules that can never take an event, each with the first rule above that takes what it matches."""
    return [
        Shadowed(rule, above)
        for place, rule in enumerate(rules)
        if (above := next((other for other in rules[:place] if _asks_less(other, rule)), None))
    ]


def _asks_less(above: Rule, rule: Rule) -> bool:
    return all(any(_follows(wanted, given) for given in rule.conditions) for wanted in above.conditions)


def _follows(wanted: Condition, given: Condition) -> bool:
    """Whether one condition holds wherever the other does."""
    match wanted, given:
        case (TextCondition(field, patterns), TextCondition(other, texts)) | (
            PropertyCondition(field, patterns, None),
            PropertyCondition(other, texts, None),
        ) if field == other:
            return _cover(patterns, texts)
        case EntryCondition(inner), EntryCondition(other):
            return _follows(inner, other)
        case KnownCondition(kinds), KnownCondition(others):
            return set(others) <= set(kinds)
        case FactCondition(), FactCondition():
            return _fact_follows(wanted, given)
        case (
            (NumberCondition() | PropertyCondition() | SessionCondition()),
            (NumberCondition() | PropertyCondition() | SessionCondition()),
        ) if wanted.comparison and given.comparison and replace(wanted, comparison=given.comparison) == given:
            return _compares_within(wanted.comparison, given.comparison)
        case _:
            return wanted == given


def _fact_follows(wanted: FactCondition, given: FactCondition) -> bool:
    fewer = set(wanted.event_types) <= set(given.event_types) and set(wanted.others) <= set(given.others)
    more = set(given.event_types) <= set(wanted.event_types) and set(given.others) <= set(wanted.others)
    if wanted.fact == given.fact == "before_first":
        return fewer
    if wanted.fact == "after_first":
        return more and (given.fact == "after_first" or "_since_" in given.fact or _is_second(given))
    if wanted.fact == given.fact and wanted.comparison and given.comparison:
        return fewer and more and _compares_within(wanted.comparison, given.comparison)
    return wanted == given


def _is_second(given: FactCondition) -> bool:
    """Whether it says that there were two: then one was before."""
    return bool(given.fact == "nth" and given.comparison and _compares_within(Comparison(">", 1), given.comparison))


def _compares_within(wanted: Comparison, given: Comparison) -> bool:
    """Whether every number that meets one comparison meets the other."""
    return all(wanted.compare(number) for number in telling_numbers([wanted, given]) if given.compare(number))


def _cover(patterns: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether every text that one of ``texts`` matches is matched by one of the patterns."""
    return all(any(_covers(pattern, text) for pattern in patterns) for text in texts)


def _covers(pattern: str, text: str) -> bool:
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(expression, text.replace("*", _ANY), re.DOTALL) is not None
