"""Conditions of a rule: what an event must be to match it. All of them look at the event and at what was before it."""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, nextafter
from typing import Any, Literal, overload

import polars as pl

from journey_analytics.arrays.segments import Array, Flags

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
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

    @overload
    def compare(self, found: float) -> bool: ...
    @overload
    def compare(self, found: Array) -> Flags: ...
    @overload
    def compare(self, found: pl.Series) -> pl.Series: ...

    def compare(self, found: float | Array | pl.Series) -> bool | Flags | pl.Series:
        """Whether a number, or each of a column, is so."""
        return OPERATORS[self.sign](found, self.number)


def telling_numbers(comparisons: Sequence[Comparison]) -> list[float]:
    """Numbers of every kind that comparisons tell apart: those compared with, one between each two, and beyond."""
    limits = sorted({comparison.number for comparison in comparisons})
    between = [(low + high) / 2 for low, high in pairwise(limits)]
    return [nextafter(limits[0], -inf), *limits, *between, nextafter(limits[-1], inf)]


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


EventCondition = TextCondition | NumberCondition | PropertyCondition
"""What an event says itself."""

FactName = Literal[
    "before_first", "after_first", "nth", "days_since_first", "hours_since_first", "days_since_last", "hours_since_last"
]


@dataclass(frozen=True)
class FactCondition:
    """A fact of the customer's life so far, about some events.

    ``before_first`` and ``after_first`` say whether one happened strictly earlier; ``nth`` counts them up to and
    including this event; ``days_since_first`` and ``days_since_last`` are the time elapsed since the first and the last
    strictly earlier one, and so in hours.

    Attributes:
        fact: Which fact.
        event_types: The events are those of these types,
        comparison: What the count or time compares with.
        others: and those that meet all conditions of one of these.
    """

    fact: FactName
    event_types: tuple[str, ...]
    comparison: Comparison | None = None
    others: tuple[tuple[EventCondition, ...], ...] = ()


@dataclass(frozen=True)
class KnownCondition:
    """An event of the customer up to and including this one carried an identifier of one of these kinds."""

    kinds: tuple[str, ...]


@dataclass(frozen=True)
class SessionCondition:
    """A number of the session so far compares with a number.

    ``index`` is the number of the session among the customer's, ``position`` that of the interaction within it, both
    from 1; ``days_since_previous`` is the time from the last interaction in a session before this one to its first.
    """

    fact: Literal["index", "position", "days_since_previous"]
    comparison: Comparison


@dataclass(frozen=True)
class EntryCondition:
    """A condition on the first interaction of the session."""

    condition: TextCondition


@dataclass(frozen=True)
class UnlessCondition:
    """Not all of these conditions hold."""

    conditions: tuple["Condition", ...]


Condition = EventCondition | FactCondition | KnownCondition | SessionCondition | EntryCondition | UnlessCondition


def with_inner(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Conditions, each followed by those that it is made of."""
    for condition in conditions:
        yield condition
        match condition:
            case UnlessCondition(inner):
                yield from with_inner(inner)
            case EntryCondition(inner):
                yield inner
            case FactCondition(others=others):
                for inner in others:
                    yield from inner
            case _:
                pass
