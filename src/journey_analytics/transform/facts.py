"""Facts of a customer's life so far: where in it something happened for the first, second, n-th time.

A running count is never made: that the count has reached n is the same as standing at or behind the n-th such event.
"""

from math import ceil, floor

import numpy as np

from journey_analytics.arrays.segments import Flags, Rows
from journey_analytics.stage_model import Comparison, FactCondition
from journey_analytics.transform.touchpoints import Touchpoints

_MICROSECONDS_PER_DAY = 86_400_000_000


class Facts:
    """What is known of customers at each of their touchpoints; what several conditions need is found once."""

    def __init__(self, touchpoints: Touchpoints) -> None:
        self._touchpoints = touchpoints
        self._occurrences: dict[tuple[str, ...], tuple[Rows, Rows]] = {}

    def hold(self, condition: FactCondition) -> Flags:
        """For each touchpoint whether the fact holds; what is unknown does not."""
        match condition.fact:
            case "before_first":
                return ~self._has_happened_before(condition.event_types)
            case "after_first":
                return self._has_happened_before(condition.event_types)
            case "nth":
                return self._count_compares(condition.event_types, _comparison(condition))
            case "days_since_first":
                return self._days_compare(condition.event_types, _comparison(condition))

    def _has_happened_before(self, event_types: tuple[str, ...]) -> Flags:
        customers = self._touchpoints.customers
        return customers.since(np.minimum(self._nth(event_types, 1) + 1, customers.end))

    def _count_compares(self, event_types: tuple[str, ...], comparison: Comparison) -> Flags:
        """Compare how many there were, this touchpoint included."""
        at_least, more = ceil(comparison.number), floor(comparison.number) + 1
        match comparison.sign:
            case ">=":
                return self._has_reached(event_types, at_least)
            case ">":
                return self._has_reached(event_types, more)
            case "<":
                return ~self._has_reached(event_types, at_least)
            case "<=":
                return ~self._has_reached(event_types, more)
            case _:
                return self._has_reached(event_types, at_least) & ~self._has_reached(event_types, more)

    def _has_reached(self, event_types: tuple[str, ...], count: int) -> Flags:
        if count <= 0:
            return np.ones(len(self._touchpoints), dtype=np.bool_)
        return self._touchpoints.customers.since(self._nth(event_types, count))

    def _days_compare(self, event_types: tuple[str, ...], comparison: Comparison) -> Flags:
        customers, at = self._touchpoints.customers, self._touchpoints.at
        first = np.minimum(self._nth(event_types, 1), customers.last)
        days = (at - customers.spread(at[first])) / _MICROSECONDS_PER_DAY
        return self._has_happened_before(event_types) & comparison.compare(days)  # type: ignore[operator]

    def _nth(self, event_types: tuple[str, ...], count: int) -> Rows:
        """For each customer the touchpoint that is the n-th of these types; the customer's end if there is none."""
        customers = self._touchpoints.customers
        if event_types not in self._occurrences:
            happened = np.flatnonzero(self._touchpoints.event_type.among(event_types))
            self._occurrences[event_types] = happened, np.searchsorted(happened, customers.first)
        happened, first = self._occurrences[event_types]
        candidate = first + (min(count, len(happened) + 1) - 1)
        found = np.append(happened, 0)[np.minimum(candidate, len(happened))]
        exists = (candidate < len(happened)) & (found < customers.end)
        return np.where(exists, found, customers.end)


def _comparison(condition: FactCondition) -> Comparison:
    if condition.comparison is None:
        raise AssertionError("the parser gives every such condition a comparison")
    return condition.comparison
