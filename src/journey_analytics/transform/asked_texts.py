"""What rules ask about texts: of columns with few texts, which are looked up, and of addresses, most of them in vain.

An address is compared row by row. Most have none of the literal parts that patterns consist of; which ones have any is
found at once for all rules of all models, and nothing more is asked about the others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from journey_analytics.stage_model import Condition, TextCondition

_ADDRESSES = {"page_url": "page_url", "page_path": "page_url", "referrer": "referrer"}
"""Fields whose texts are too many to be looked up, each with its column."""

_EVERYWHERE = frozenset({"", "/"})
"""Literal parts that any address may have."""


@dataclass(frozen=True)
class AskedTexts:
    """What is asked about texts.

    Attributes:
        coded: Columns that are looked up by their texts.
        literals: For columns of addresses texts of which an address has one where any condition can hold that consists
            of such texts.
    """

    coded: frozenset[str] = frozenset()
    literals: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])


def asked_texts(conditions: Iterable[Condition]) -> AskedTexts:
    """What some conditions ask about texts."""
    coded: set[str] = set()
    literals: dict[str, frozenset[str]] = {}
    for condition in conditions:
        if not isinstance(condition, TextCondition):
            continue
        if is_looked_up(condition):
            coded.add(condition.field)
        elif some := literals_of(condition):
            column = column_of(condition)
            literals[column] = literals.get(column, frozenset()) | some
    return AskedTexts(frozenset(coded), literals)


def is_looked_up(condition: Condition) -> bool:
    """Whether it is asked of the texts that occur, not of rows."""
    return isinstance(condition, TextCondition) and condition.field not in _ADDRESSES


def column_of(condition: TextCondition) -> str:
    """The column that holds a field."""
    return _ADDRESSES.get(condition.field, condition.field)


def literals_of(condition: TextCondition) -> frozenset[str]:
    """Texts of which an address has one if the condition holds; none where there are no such texts."""
    longest = frozenset(max(pattern.split("*"), key=len) for pattern in condition.patterns)
    return frozenset() if longest & _EVERYWHERE else longest
