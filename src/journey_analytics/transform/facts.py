"""Facts of a customer's life so far: where in it something happened for the first, second, n-th time.

A running count is never made: that the count has reached n is the same as standing at or behind the n-th such event.
"""

from math import ceil, floor

import numpy as np

from journey_analytics.arrays.segments import Flags, Rows, latest
from journey_analytics.stage_model import Comparison, EventCondition, FactCondition, KnownCondition
from journey_analytics.transform.conditions import says
from journey_analytics.transform.rule_columns import identifier_column
from journey_analytics.transform.sessions import Sessions
from journey_analytics.transform.touchpoints import Touchpoints

_MICROSECONDS = {"days": 86_400_000_000, "hours": 3_600_000_000}

_Events = tuple[tuple[str, ...], tuple[tuple[EventCondition, ...], ...]]
"""Event types, and what else may be such an event."""


class Facts:
    """What is known of customers at each of their touchpoints; what several conditions need is found once.

    Attributes:
        touchpoints: The touchpoints.
        sessions: Their sessions.
    """

    def __init__(self, touchpoints: Touchpoints, sessions: Sessions) -> None:
        self.touchpoints = touchpoints
        self.sessions = sessions
        self._held: dict[FactCondition | KnownCondition, Flags] = {}
        self._occurrences: dict[_Events | tuple[str, ...], tuple[Rows, Rows]] = {}

    def hold(self, condition: FactCondition | KnownCondition) -> Flags:
        """For each touchpoint whether the fact holds; what is unknown does not."""
        if condition not in self._held:
            self._held[condition] = (
                self._reached(self._carrying(condition.kinds), 1)
                if isinstance(condition, KnownCondition)
                else self._of_life(condition)
            )
        return self._held[condition]

    def _of_life(self, condition: FactCondition) -> Flags:
        events = self._happened(condition)
        match condition.fact:
            case "before_first":
                return ~self._has_happened_before(events)
            case "after_first":
                return self._has_happened_before(events)
            case "nth":
                return self._count_compares(events, _comparison(condition))
            case "days_since_first" | "hours_since_first":
                return self._time_since_first_compares(events, condition)
            case "days_since_last" | "hours_since_last":
                return self._time_since_last_compares(events, condition)

    def _has_happened_before(self, events: tuple[Rows, Rows]) -> Flags:
        customers = self.touchpoints.customers
        return customers.since(np.minimum(self._nth(events, 1) + 1, customers.end))

    def _count_compares(self, events: tuple[Rows, Rows], comparison: Comparison) -> Flags:
        """Compare how many there were, this touchpoint included."""
        at_least, more = ceil(comparison.number), floor(comparison.number) + 1
        match comparison.sign:
            case ">=":
                return self._reached(events, at_least)
            case ">":
                return self._reached(events, more)
            case "<":
                return ~self._reached(events, at_least)
            case "<=":
                return ~self._reached(events, more)
            case _:
                return self._reached(events, at_least) & ~self._reached(events, more)

    def _reached(self, events: tuple[Rows, Rows], count: int) -> Flags:
        if count <= 0:
            return np.ones(len(self.touchpoints), dtype=np.bool_)
        return self.touchpoints.customers.since(self._nth(events, count))

    def _time_since_first_compares(self, events: tuple[Rows, Rows], condition: FactCondition) -> Flags:
        customers, at = self.touchpoints.customers, self.touchpoints.at
        first = np.minimum(self._nth(events, 1), customers.last)
        return self._has_happened_before(events) & _time_compares(at - customers.spread(at[first]), condition)

    def _time_since_last_compares(self, events: tuple[Rows, Rows], condition: FactCondition) -> Flags:
        at = self.touchpoints.at
        is_one = np.zeros(len(at), dtype=np.bool_)
        is_one[events[0]] = True
        last = np.roll(latest(is_one), 1)
        return self._has_happened_before(events) & _time_compares(at - at[last], condition)

    def _nth(self, events: tuple[Rows, Rows], count: int) -> Rows:
        """For each customer the touchpoint that is the n-th of these events; the customer's end if there is none."""
        customers = self.touchpoints.customers
        happened, first = events
        candidate = first + (min(count, len(happened) + 1) - 1)
        found = np.append(happened, 0)[np.minimum(candidate, len(happened))]
        exists = (candidate < len(happened)) & (found < customers.end)
        return np.where(exists, found, customers.end)

    def _happened(self, condition: FactCondition) -> tuple[Rows, Rows]:
        """The touchpoints that are such events, and for each customer the first of them that is not before theirs."""
        key = condition.event_types, condition.others
        if key not in self._occurrences:
            is_one = self.touchpoints.event_type.among(condition.event_types)
            for other in condition.others:
                is_one |= says(self.touchpoints, other, ~is_one)
            self._occurrences[key] = self._by_customer(is_one)
        return self._occurrences[key]

    def _carrying(self, kinds: tuple[str, ...]) -> tuple[Rows, Rows]:
        if kinds not in self._occurrences:
            columns = [self.touchpoints.events.frame[identifier_column(kind)].to_numpy() for kind in kinds]
            self._occurrences[kinds] = self._by_customer(np.logical_or.reduce(columns)[self.touchpoints.row])
        return self._occurrences[kinds]

    def _by_customer(self, is_one: Flags) -> tuple[Rows, Rows]:
        happened = np.flatnonzero(is_one)
        return happened, np.searchsorted(happened, self.touchpoints.customers.first)


def _time_compares(elapsed: Rows, condition: FactCondition) -> Flags:
    unit = condition.fact.partition("_")[0]
    return _comparison(condition).compare(elapsed / _MICROSECONDS[unit])  # type: ignore[return-value]


def _comparison(condition: FactCondition) -> Comparison:
    if condition.comparison is None:
        raise AssertionError("the parser gives every such condition a comparison")
    return condition.comparison
