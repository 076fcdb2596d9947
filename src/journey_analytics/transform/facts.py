"""Facts of a customer's life so far: the stretches of it in which they hold.

A running count is never made: that the count has reached n is the same as standing at or behind the n-th such event.
Nor is time measured at each touchpoint: between two such events it only grows, so the place from which a fact holds is
found by bisection.
"""

from math import ceil, floor

import numpy as np

from journey_analytics.arrays.segments import Flags, Rows, first_later
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

_Happened = tuple[Rows, Rows]
"""Touchpoints that are such events; and for each customer how many of these there are before their first touchpoint."""


class Facts:
    """What is known of customers at each of their touchpoints; what several conditions need is found once.

    Attributes:
        touchpoints: The touchpoints.
        sessions: Their sessions.
    """

    def __init__(self, touchpoints: Touchpoints, sessions: Sessions) -> None:
        self.touchpoints = touchpoints
        self.sessions = sessions
        self._stretches: dict[FactCondition | KnownCondition, Stretches] = {}
        self._happened: dict[tuple[object, ...], _Happened] = {}

    def stretches(self, condition: FactCondition | KnownCondition) -> Stretches:
        """The stretches of touchpoints for which a fact holds; what is unknown does not."""
        if condition not in self._stretches:
            first, behind = (
                self._from_nth_on(self._carrying(condition.kinds), 1)
                if isinstance(condition, KnownCondition)
                else self._of_life(condition)
            )
            some = first < behind
            self._stretches[condition] = first[some], behind[some]
        return self._stretches[condition]

    def _of_life(self, condition: FactCondition) -> Stretches:
        customers, events = self.touchpoints.customers, self._events(condition)
        after_first = np.minimum(self._nth(events, 1) + 1, customers.end)
        match condition.fact:
            case "before_first":
                return customers.first, after_first
            case "after_first":
                return after_first, customers.end
            case "nth":
                return self._count_compares(events, _comparison(condition))
            case "days_since_first" | "hours_since_first":
                return self._time_compares(condition, after_first - 1, after_first, customers.end)
            case "days_since_last" | "hours_since_last":
                happened, _ = events
                owner = np.searchsorted(customers.first, happened, side="right") - 1
                following = np.append(happened[1:] + 1, len(self.touchpoints))[: len(happened)]
                return self._time_compares(
                    condition, happened, happened + 1, np.minimum(following, customers.end[owner])
                )

    def _count_compares(self, events: _Happened, comparison: Comparison) -> Stretches:
        """Compare how many there were, this touchpoint included."""
        at_least, more = ceil(comparison.number), floor(comparison.number) + 1
        match comparison.sign:
            case ">=":
                return self._from_nth_on(events, at_least)
            case ">":
                return self._from_nth_on(events, more)
            case "<":
                return self.touchpoints.customers.first, self._nth(events, at_least)
            case "<=":
                return self.touchpoints.customers.first, self._nth(events, more)
            case _:
                return self._nth(events, at_least), self._nth(events, more)

    def _from_nth_on(self, events: _Happened, count: int) -> Stretches:
        return self._nth(events, count), self.touchpoints.customers.end

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

    def _nth(self, events: _Happened, count: int) -> Rows:
        """For each customer the touchpoint that is the n-th of these events; the end if there is none."""
        customers = self.touchpoints.customers
        if count <= 0:
            return customers.first
        happened, before = events
        candidate = before + (min(count, len(happened) + 1) - 1)
        found = np.append(happened, 0)[np.minimum(candidate, len(happened))]
        exists = (candidate < len(happened)) & (found < customers.end)
        return np.where(exists, found, customers.end)

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
        happened = np.flatnonzero(is_one)
        return happened, np.searchsorted(happened, self.touchpoints.customers.first)


def _comparison(condition: FactCondition) -> Comparison:
    if condition.comparison is None:
        raise AssertionError("the parser gives every such condition a comparison")
    return condition.comparison
