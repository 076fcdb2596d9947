"""The closed grammar of conditions, from what the file says to what it means.

A key is a field of the event, ``properties`` compares what else the event says, and ``when`` lists facts of the
customer's life so far.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from journey_analytics.config import Section
from journey_analytics.errors import did_you_mean
from journey_analytics.setting_values import Texts
from journey_analytics.stage_model.conditions import (
    Comparison,
    Condition,
    FactCondition,
    NumberCondition,
    PropertyCondition,
    TextCondition,
)
from journey_analytics.toml_files import Key, TomlFile
from journey_analytics.vocabulary import Actor, Channel

TEXT_FIELDS = (
    "source", "channel", "entry_channel", "actor", "event_type", "event_name", "campaign_source", "campaign_medium",
    "campaign_name", "campaign_id", "channel_group", "page_url", "referrer", "currency",
)  # fmt: skip
NUMBER_FIELDS = ("value", "score")
FACTS = {
    "before_first": "No event of these types happened before this one. So the first of them still counts as before.",
    "after_first": "An event of these types happened before this one.",
    "nth": "How many events of these types there were up to and including this one, compared with a number.",
    "days_since_first": "Days since the first event of these types, if it was before this one, compared with a number.",
}
"""Facts of a customer's life so far, and what they say. They look at every touchpoint, interaction or not."""

_COMPARISON = re.compile(r"\s*(<=|>=|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*")
_FACT = re.compile(r"\s*(\w+)\s*\(\s*([\w\s,]+?)\s*\)\s*(.*)")


def _some(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not texts:
        raise ValueError("an empty list matches nothing; write at least one text, or leave the key out.")
    return texts


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("true and false are no numbers; write for example '>= 9', '< 100' or 5.")  # noqa: TRY004
    return value


SomeTexts = Annotated[Texts, AfterValidator(_some)]
Limit = Annotated[str | int | float, BeforeValidator(_no_truth), Field(description="number or comparison")]


class WrittenConditions(Section):
    """The conditions of a rule or conversion as the file writes them. All of them must hold.

    Attributes:
        source: Name of the source, as in journey.toml.
        channel: Where the contact happened: web, email, ad, support, survey, social, store or other.
        entry_channel: The channel that brought the customer: a page view after a paid click enters by ``ad``.
        actor: Who acted. Rules are asked about interactions only, and those are the customer's.
        event_type: What happened, in our words: the event types below, or a vendor's name in snake_case.
        event_name: What happened, in the vendor's words.
        campaign_source: ``utm_source`` or its like.
        campaign_medium: ``utm_medium`` or its like.
        campaign_name: ``utm_campaign`` or its like.
        campaign_id: The ad or mail platform's campaign id.
        channel_group: Google's default channel group of the visit.
        page_url: Whole address of the page on which it happened.
        referrer: Whole address of the page that led there.
        currency: ISO 4217 code.
        value: Money, in the event's currency.
        score: Answer on a survey's own scale.
        properties: What else the row says: a dotted path into its JSON, in quotation marks, and what must stand there.
        when: Facts of the customer's life so far. All of them must hold.
    """

    source: SomeTexts = ()
    channel: SomeTexts = ()
    entry_channel: SomeTexts = ()
    actor: SomeTexts = ()
    event_type: SomeTexts = ()
    event_name: SomeTexts = ()
    campaign_source: SomeTexts = ()
    campaign_medium: SomeTexts = ()
    campaign_name: SomeTexts = ()
    campaign_id: SomeTexts = ()
    channel_group: SomeTexts = ()
    page_url: SomeTexts = ()
    referrer: SomeTexts = ()
    currency: SomeTexts = ()
    value: Limit | None = None
    score: Limit | None = None
    properties: Annotated[
        dict[str, Texts | int | float | bool],
        Field(description="table of texts, numbers, comparisons, `true`, `false`"),
    ] = {}
    when: SomeTexts = ()


def conditions(file: TomlFile, key: Key, written: WrittenConditions) -> tuple[Condition, ...]:
    """What the conditions of a rule or conversion mean; raises ``ConfigurationError`` with file and line."""
    found: list[Condition] = []
    for field in TEXT_FIELDS:
        patterns: tuple[str, ...] = getattr(written, field)
        if patterns:
            _check_closed(file, (*key, field), field, patterns)
            found.append(TextCondition(field, patterns))
    for field in NUMBER_FIELDS:
        limit = getattr(written, field)
        if limit is not None:
            found.append(NumberCondition(field, _comparison(file, (*key, field), str(limit))))
    for path, wanted in written.properties.items():
        found.append(_property(file, (*key, "properties", path), path, wanted))
    found += [_fact(file, (*key, "when"), text) for text in written.when]
    if not found:
        raise file.error(key, "the rule has no condition and would match every event.")
    return tuple(found)


def _check_closed(file: TomlFile, key: Key, field: str, patterns: tuple[str, ...]) -> None:
    allowed = {"channel": Channel, "entry_channel": Channel, "actor": Actor}.get(field)
    for pattern in patterns:
        if allowed is not None and pattern not in list(allowed):
            raise file.error(
                key, f"unknown {field} '{pattern}'.", did_you_mean(pattern, [str(word) for word in allowed])
            )


def _comparison(file: TomlFile, key: Key, text: str) -> Comparison:
    found = _COMPARISON.fullmatch(text) or _COMPARISON.fullmatch(f"= {text}")
    if found is None:
        raise file.error(key, f"'{text}' is not a comparison.", "Write for example '>= 9', '< 100' or 5.")
    return Comparison(found[1], float(found[2]))


def _property(file: TomlFile, key: Key, path: str, wanted: tuple[str, ...] | float | bool) -> PropertyCondition:
    if isinstance(wanted, bool):
        return PropertyCondition(path, ("true" if wanted else "false",))
    if isinstance(wanted, int | float):
        return PropertyCondition(path, comparison=_comparison(file, key, str(wanted)))
    if not wanted:
        raise file.error(key, "an empty list matches nothing.", "Write at least one text, or leave the key out.")
    if len(wanted) == 1 and _COMPARISON.fullmatch(wanted[0]):
        return PropertyCondition(path, comparison=_comparison(file, key, wanted[0]))
    return PropertyCondition(path, wanted)


def _fact(file: TomlFile, key: Key, text: str) -> FactCondition:
    found = _FACT.fullmatch(text)
    if found is None:
        raise file.error(key, f"'{text}' is not a fact.", "Write for example 'before_first(purchase)'.")
    fact, arguments, rest = found.groups()
    if fact not in FACTS:
        raise file.error(key, f"unknown fact '{fact}'.", did_you_mean(fact, FACTS))
    event_types = tuple(part.strip() for part in arguments.split(","))
    compares = fact in ("nth", "days_since_first")
    if compares != bool(rest):
        need = "needs a comparison, for example '>= 2'" if compares else "takes no comparison"
        raise file.error(key, f"'{text}': {fact} {need}.")
    comparison = _comparison(file, key, rest) if compares else None
    return FactCondition(fact, event_types, comparison)  # type: ignore[arg-type]
