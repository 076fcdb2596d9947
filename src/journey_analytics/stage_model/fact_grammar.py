"""Facts of the customer's life so far, as ``when`` writes them: ``nth(purchase) >= 2, < 5``."""

import re
from collections.abc import Sequence

from journey_analytics.config.toml_files import Key, TomlFile
from journey_analytics.errors import ConfigurationError, did_you_mean
from journey_analytics.stage_model.comparisons import comparisons
from journey_analytics.stage_model.conditions import EventCondition, FactCondition, FactName

NamedEvents = dict[str, tuple[EventCondition, ...]]
"""Events with a name of their own, and what they are."""

FACTS: dict[FactName, str] = {
    "before_first": "No such event happened before this one. So the first of them still counts as before.",
    "after_first": "Such an event happened before this one.",
    "nth": "How many such events there were up to and including this one, compared with a number.",
    "days_since_first": "Days since the first such event, if it was before this one, compared with a number.",
    "hours_since_first": "The same in hours.",
    "days_since_last": "Days since the last such event before this one, compared with a number.",
    "hours_since_last": "The same in hours.",
}
"""Facts of a customer's life so far, and what they say. They look at every touchpoint, interaction or not."""

_PLAIN = ("before_first", "after_first")
_FACT = re.compile(r"\s*(\w+)\s*\(\s*([\w\s,]*?)\s*\)\s*(.*)", re.DOTALL)
_LOOKS_AHEAD = re.compile(r"until|next|before_last|after_last|future|will_")


def facts(file: TomlFile, key: Key, texts: Sequence[str], named: NamedEvents) -> list[FactCondition]:
    """What facts mean; several comparisons of one fact are as many conditions.

    Raises:
        ConfigurationError: One cannot be read, is unknown, or looks ahead; names file, line and column.
    """
    return [one for index, text in enumerate(texts) for one in _fact(file, (*key, index), text, named)]


def _fact(file: TomlFile, key: Key, text: str, named: NamedEvents) -> list[FactCondition]:
    found = _FACT.fullmatch(text)
    if found is None:
        raise file.error(key, f"'{text}' is not a fact.", "Write for example 'before_first(purchase)'.")
    fact, arguments, rest = found.groups()
    if fact not in FACTS:
        raise _unknown(file, key, fact)
    events = tuple(part.strip() for part in arguments.split(","))
    if not all(re.fullmatch(r"\w+", event) for event in events):
        told = f"'{text}': {fact} needs event types in its brackets, with commas between them."
        raise file.error(key, told, f"Write for example '{fact}(sign_up, purchase)'.")
    types = tuple(event for event in events if event not in named)
    others = tuple(named[event] for event in events if event in named)
    if (fact in _PLAIN) == bool(rest):
        need = "takes no comparison" if fact in _PLAIN else "needs a comparison, for example '>= 2'"
        raise file.error(key, f"'{text}': {fact} {need}.")
    compared = comparisons(file, key, rest) if rest else [None]
    return [FactCondition(fact, types, one, others) for one in compared]


def _unknown(file: TomlFile, key: Key, fact: str) -> ConfigurationError:
    if _LOOKS_AHEAD.search(fact):
        told = f"'{fact}' looks ahead, and rules never do: they know an event and what was before it."
        return file.error(key, told, f"Facts: {', '.join(FACTS)}.")
    return file.error(key, f"unknown fact '{fact}'.", did_you_mean(fact, FACTS))
