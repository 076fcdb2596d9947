"""Conditions of a rule: what an event must be to match it."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}


@dataclass(frozen=True)
class Comparison:
    """A comparison with a number, such as ``>= 9``."""

    sign: str
    number: float

    def compare(self, found: object) -> object:
        """Apply it to a number or to a column expression."""
        return OPERATORS[self.sign](found, self.number)  # type: ignore[arg-type]


@dataclass(frozen=True)
class TextCondition:
    """A field is one of several texts; ``*`` stands for any characters."""

    field: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class NumberCondition:
    """A field compares with a number."""

    field: str
    comparison: Comparison


@dataclass(frozen=True)
class PropertyCondition:
    """A property (dotted path) is one of several texts, or compares with a number."""

    path: str
    patterns: tuple[str, ...] = ()
    comparison: Comparison | None = None


@dataclass(frozen=True)
class FactCondition:
    """A fact of the customer's life so far, about some event types.

    ``before_first`` and ``after_first`` say whether one happened strictly earlier; ``nth`` counts them up to and
    including this event; ``days_since_first`` is the time elapsed since the first strictly earlier one.
    """

    fact: Literal["before_first", "after_first", "nth", "days_since_first"]
    event_types: tuple[str, ...]
    comparison: Comparison | None = None


Condition = TextCondition | NumberCondition | PropertyCondition | FactCondition
