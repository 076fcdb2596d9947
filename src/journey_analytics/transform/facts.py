"""Facts of a customer's life so far: the stretches of it in which they hold.

A running count is never made: that the count has reached n is the same as standing at or behind the n-th such event.
Nor is time measured at each touchpoint: between two such events it only grows, so the place from which a fact holds is
found by bisection.
"""

from dataclasses import dataclass, replace
from math import ceil, floor

import numpy as np

from journey_analytics.arrays.segments import Flags, Rows, Segments, changes, first_later
from journey_analytics.stage_model import Comparison, FactCondition, KnownCondition
from journey_analytics.transform.conditions import says
from journey_analytics.transform.rule_columns import identifier_column
from journey_analytics.transform.sessions import Sessions
from journey_analytics.transform.touchpoints import Touchpoints

_MICROSECONDS = {"days": 86_400_000_000, "hours": 3_600_000_000}
_LONGEST = 1 << 61
"""Longer than any two times are apart, and still a number that may be added to a time."""

Stretches = tuple[Rows, Rows]
"""First touchpoint of each stretch, and the one behind it; none is empty, and no two overlap."""

Fact = FactCondition | KnownCondition

_OPPOSITES = {"<": ">=", "<=": ">"}


def told_by(condition: Fact) -> tuple[Fact, bool]:
    """The fact that tells whether a condition holds, and whether the condition holds with it or without it.

    One that has not happened yet is found where it has: most customers never have most facts.
    """
    if isinstance(condition, FactCondition):
        if condition.fact == "before_first":
            return replace(condition, fact="after_first"), False
        if condition.fact == "nth":
            sign, number = _comparison(condition).sign, _comparison(condition).number
            if sign in _OPPOSITES:
                return replace(condition, comparison=Comparison(_OPPOSITES[sign], number)), False
            if sign == "=" and number == 0:
                return replace(condition, comparison=Comparison(">", 0)), False
    return condition, True


@dataclass(frozen=True)
class _Happened:
    """Touchpoints that are such events.

    Attributes:
        rows: Which ones.
        runs: Those of each customer who has any.
        end: The end of that customer's touchpoints.
    """

    rows: Rows
    runs: Segments
    end: Rows

    @property
    def first(self) -> Rows:
        """The first one of each of these customers."""
        return self.rows[self.runs.first]

    def nth(self, count: int) -> Rows:
        """The n-th one of each of these customers, from 1; the end if there is none."""
        place = self.runs.first + (min(count, len(self.rows) + 1) - 1)
        exists = place < self.runs.end
        found = self.end.copy()
        found[exists] = self.rows[place[exists]]
        return found


class Facts:
    """What is known of customers at each of their touchpoints; what several conditions need is found once.

    Attributes:
        touchpoints: The touchpoints.
        sessions: Their sessions.
    """

    def __init__(self, touchpoints: Touchpoints, sessions: Sessions) -> None:
        self.touchpoints = touchpoints
        self.sessions = sessions
        self._stretches: dict[Fact, Stretches] = {}
        self._happened: dict[tuple[object, ...], _Happened] = {}

    def stretches(self, fact: Fact) -> Stretches:
        """The stretches of touchpoints for which a fact of ``told_by`` holds; what is unknown does not."""
        if fact not in self._stretches:
            first, behind = self._known(fact) if isinstance(fact, KnownCondition) else self._of_life(fact)
            some = first < behind
            self._stretches[fact] = first[some], behind[some]
        return self._stretches[fact]

    def _known(self, fact: KnownCondition) -> Stretches:
        carrying = self._carrying(fact.kinds)
        return carrying.first, carrying.end

    def _of_life(self, fact: FactCondition) -> Stretches:
        events = self._events(fact)
        match fact.fact:
            case "nth":
                return self._count_compares(events, _comparison(fact))
            case "days_since_first" | "hours_since_first":
                return self._time_compares(fact, events.first, events.first + 1, events.end)
            case "days_since_last" | "hours_since_last":
                next_one = np.append(events.rows[1:] + 1, len(self.touchpoints))[: len(events.rows)]
                end = np.minimum(next_one, events.runs.spread(events.end))
                return self._time_compares(fact, events.rows, events.rows + 1, end)
            case _:
                return events.first + 1, events.end

    def _count_compares(self, events: _Happened, comparison: Comparison) -> Stretches:
        """Compare how many there were, this touchpoint included."""
        at_least, more = ceil(comparison.number), floor(comparison.number) + 1
        customers = self.touchpoints.customers
        match comparison.sign:
            case ">=" | ">" as sign:
                count = at_least if sign == ">=" else more
                return (events.nth(count), events.end) if count > 0 else (customers.first, customers.end)
            case _:
                return (events.nth(at_least), events.nth(more)) if at_least > 0 else (events.end, events.end)

    def _time_compares(self, condition: FactCondition, since: Rows, low: Rows, high: Rows) -> Stretches:
        """The parts of ranges ``low..high`` in which the time since a touchpoint compares."""
        at, comparison = self.touchpoints.at, _comparison(condition)
        limit = comparison.number * _MICROSECONDS[condition.fact.partition("_")[0]]
        limit = min(max(limit, -_LONGEST), _LONGEST)
        begin = at[since]

        def reached() -> Rows:
            return first_later(at, low, high, begin + (ceil(limit) - 1))

        def exceeded() -> Rows:
            return first_later(at, low, high, begin + floor(limit))

        match comparison.sign:
            case ">=":
                return reached(), high
            case ">":
                return exceeded(), high
            case "<":
                return low, reached()
            case "<=":
                return low, exceeded()
            case _:
                return reached(), exceeded()

    def _events(self, condition: FactCondition) -> _Happened:
        key = condition.event_types, condition.others
        if key not in self._happened:
            is_one = self.touchpoints.event_type.among(condition.event_types)
            for other in condition.others:
                is_one |= says(self.touchpoints, other, ~is_one)
            self._happened[key] = self._by_customer(is_one)
        return self._happened[key]

    def _carrying(self, kinds: tuple[str, ...]) -> _Happened:
        if kinds not in self._happened:
            columns = [self.touchpoints.events.frame[identifier_column(kind)].to_numpy() for kind in kinds]
            self._happened[kinds] = self._by_customer(np.logical_or.reduce(columns)[self.touchpoints.row])
        return self._happened[kinds]

    def _by_customer(self, is_one: Flags) -> _Happened:
        rows, every = np.flatnonzero(is_one), self.touchpoints.customers
        runs = Segments.starting(changes(self.touchpoints.customer_key[rows]))
        owner = np.searchsorted(every.end, rows[runs.first], side="right")
        return _Happened(rows, runs, every.end[owner])


def _comparison(condition: FactCondition) -> Comparison:
    if condition.comparison is None:
        raise AssertionError("the parser gives every such condition a comparison")
    return condition.comparison
