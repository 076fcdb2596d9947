"""The closed grammar of conditions: from what the file says (``written.py``) to what it means (``conditions.py``)."""

from collections.abc import Mapping, Sequence

from journey_analytics.config.toml_files import Key, TomlFile
from journey_analytics.errors import did_you_mean
from journey_analytics.stage_model.comparisons import are_comparisons, comparisons
from journey_analytics.stage_model.conditions import (
    Condition,
    EntryCondition,
    EventCondition,
    KnownCondition,
    NumberCondition,
    PropertyCondition,
    SessionCondition,
    TextCondition,
    UnlessCondition,
)
from journey_analytics.stage_model.fact_grammar import NamedEvents, facts
from journey_analytics.stage_model.written import WrittenConditions, WrittenEvent, WrittenSession
from journey_analytics.vocabulary import Actor, Channel

TEXT_FIELDS = (
    "source", "channel", "entry_channel", "actor", "event_type", "event_name", "campaign_source", "campaign_medium",
    "campaign_name", "campaign_id", "channel_group", "page_url", "page_path", "referrer", "currency",
)  # fmt: skip
NUMBER_FIELDS = ("value", "score")
KNOWN_KINDS = ("user_id", "email", "phone", "anonymous_id", "device_id")

_ENTRY_FIELDS = {
    "entry_channel": "entry_channel",
    "channel_group": "channel_group",
    "campaign_source": "campaign_source",
    "campaign_medium": "campaign_medium",
    "campaign_name": "campaign_name",
    "landing_page": "page_url",
    "landing_path": "page_path",
}
_SESSION_NUMBERS = ("index", "position", "days_since_previous")
CLOSED_WORDS = {"channel": Channel, "entry_channel": Channel, "actor": Actor}


def conditions(
    file: TomlFile, key: Key, written: WrittenConditions, unless: Sequence[WrittenConditions], named: NamedEvents
) -> tuple[Condition, ...]:
    """What the conditions of a rule or conversion mean.

    Args:
        file: Where they stand.
        key: Of the rule or conversion.
        written: Its conditions.
        unless: Its exceptions.
        named: The model's events with a name of their own.

    Raises:
        ConfigurationError: They say something that cannot be; names file, line and column.
    """
    found = _all(file, key, written, named)
    for index, exception in enumerate(unless):
        inner = _all(file, (*key, "unless", index), exception, named)
        if not inner:
            raise file.error((*key, "unless", index), "the exception has no condition and would leave nothing.")
        found.append(UnlessCondition(tuple(inner)))
    if not found:
        raise file.error(
            key, "the rule has no condition and would match every event.", 'Write event_type = "*" for all.'
        )
    return tuple(found)


def named_events(file: TomlFile, written: Mapping[str, WrittenEvent]) -> NamedEvents:
    """What the model's events with a name of their own are.

    Raises:
        ConfigurationError: They say something that cannot be; names file, line and column.
    """
    found: NamedEvents = {}
    for index, (name, event) in enumerate(written.items()):
        key: Key = ("events", index)
        found[name] = tuple(_of_event(file, key, event))
        if not found[name]:
            raise file.error(key, f"the event '{name}' has no condition and would be every event.")
    return found


def _all(file: TomlFile, key: Key, written: WrittenConditions, named: NamedEvents) -> list[Condition]:
    found: list[Condition] = [*_of_event(file, key, written)]
    if written.session is not None:
        found += _of_session(file, (*key, "session"), written.session)
    if written.known_by:
        _check_words(file, (*key, "known_by"), "identifier", written.known_by, KNOWN_KINDS)
        found.append(KnownCondition(written.known_by))
    return found + facts(file, (*key, "when"), written.when, named)


def _of_event(file: TomlFile, key: Key, written: WrittenEvent) -> list[EventCondition]:
    found: list[EventCondition] = []
    for field in TEXT_FIELDS:
        patterns: tuple[str, ...] = getattr(written, field)
        if patterns:
            found.append(_text(file, (*key, field), field, patterns))
    for field in NUMBER_FIELDS:
        limit = getattr(written, field)
        if limit is not None:
            found += [NumberCondition(field, one) for one in comparisons(file, (*key, field), str(limit))]
    for path, wanted in written.properties.items():
        found += _property(file, (*key, "properties", path), path, wanted)
    return found


def _of_session(file: TomlFile, key: Key, written: WrittenSession) -> list[Condition]:
    found: list[Condition] = []
    for fact in _SESSION_NUMBERS:
        limit = getattr(written, fact)
        if limit is not None:
            found += [SessionCondition(fact, one) for one in comparisons(file, (*key, fact), str(limit))]
    for name, field in _ENTRY_FIELDS.items():
        patterns: tuple[str, ...] = getattr(written, name)
        if patterns:
            found.append(EntryCondition(_text(file, (*key, name), field, patterns)))
    if not found:
        raise file.error(key, "it says nothing of the session.", did_you_mean("", WrittenSession.model_fields))
    return found


def _text(file: TomlFile, key: Key, field: str, patterns: tuple[str, ...]) -> TextCondition:
    if field in CLOSED_WORDS:
        _check_words(file, key, field, patterns, [str(word) for word in CLOSED_WORDS[field]])
    if field == "page_path":
        _check_paths(file, key, patterns)
    return TextCondition(field, patterns)


def _check_words(file: TomlFile, key: Key, what: str, words: Sequence[str], allowed: Sequence[str]) -> None:
    for index, word in enumerate(words):
        if word not in allowed:
            raise file.error((*key, index), f"unknown {what} '{word}'.", did_you_mean(word, allowed))


def _check_paths(file: TomlFile, key: Key, patterns: tuple[str, ...]) -> None:
    for index, pattern in enumerate(patterns):
        if not pattern.startswith(("/", "*")) or any(sign in pattern for sign in "?#"):
            told = f"'{pattern}' is no path of a page: one begins with '/' or '*' and has no '?' and no '#'."
            raise file.error((*key, index), told, "Compare whole addresses with page_url or landing_page.")
        if pattern.endswith("/") and pattern != "/":
            told = f"'{pattern}' matches no path: they are compared without a '/' at the end."
            raise file.error(
                (*key, index), told, f"Write '{pattern.rstrip('/')}', or '{pattern}*' for the pages below it."
            )


def _property(file: TomlFile, key: Key, path: str, wanted: tuple[str, ...] | float | bool) -> list[PropertyCondition]:
    if isinstance(wanted, bool):
        return [PropertyCondition(path, ("true" if wanted else "false",))]
    if isinstance(wanted, int | float):
        return [PropertyCondition(path, comparison=one) for one in comparisons(file, key, str(wanted))]
    if not wanted:
        raise file.error(key, "an empty list matches nothing.", "Write at least one text, or leave the key out.")
    if len(wanted) == 1 and are_comparisons(wanted[0]):
        return [PropertyCondition(path, comparison=one) for one in comparisons(file, key, wanted[0])]
    return [PropertyCondition(path, wanted)]
