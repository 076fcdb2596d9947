"""Event types as settings and rules write them: which are named, and which are probably misspelt."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from journey_analytics.sources.source import SourceOptions
from journey_analytics.sources.table_options import TableOptions
from journey_analytics.stage_model import FactCondition, Rule, StageModel, TextCondition, with_inner
from journey_analytics.steps.configured_sources import ConfiguredSource
from journey_analytics.vocabulary import EVENT_TYPES

_ALIKE = 0.85


def named_types(rule: Rule) -> list[str]:
    """Event types that a rule names, patterns aside."""
    found: dict[str, None] = {}
    for condition in with_inner(rule.conditions):
        match condition:
            case TextCondition("event_type", patterns):
                found |= dict.fromkeys(pattern for pattern in patterns if "*" not in pattern)
            case FactCondition(event_types=types):
                found |= dict.fromkeys(types)
            case _:
                pass
    return list(found)


def misspelt_types(sources: Sequence[ConfiguredSource], models: Sequence[StageModel]) -> Iterator[str]:
    """A sentence for each event type of the sources' settings that is nearly one of ours and that no rule names."""
    wanted = {name for model in models for rule in model.rules for name in named_types(rule)}
    for source in sources:
        for name in dict.fromkeys(_given_types(source.options)):
            near = get_close_matches(name, EVENT_TYPES, n=1, cutoff=_ALIKE)
            if near and name not in EVENT_TYPES and name not in wanted:
                yield (
                    f"{source.name}: its settings make events of the type '{name}', which no rule names and which is "
                    f"none of those that this program knows. Did you mean '{near[0]}'?"
                )


def _given_types(options: SourceOptions) -> Iterator[str]:
    """Event types that the settings of a source give to its events."""
    given: dict[str, str] = getattr(options, "event_types", {})
    yield from given.values()
    if not isinstance(options, TableOptions):
        return
    for fields in options.all_fields():
        if (mapping := fields.get("event_type")) is not None:
            yield from mapping.map.values()
            yield from (said for said in (mapping.constant, mapping.otherwise) if said)
