"""Patterns: up to three events, one right after the other, among the last ones before a point."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from journey_analytics.analysis.precursors.risk_points import RiskPoints
from journey_analytics.arrays.segments import Rows, changes
from journey_analytics.arrays.sorting import numbered


@dataclass(frozen=True)
class Patterns:
    """Which patterns members have, each once.

    Attributes:
        member: Number of a member.
        pattern: Number of a pattern that it has.
        paths: The names of each pattern, in order.
    """

    member: Rows
    pattern: Rows
    paths: pl.Series


def patterns_before(points: RiskPoints, member: Rows, *, longest: int, last: int, lag: int) -> Patterns:
    """Find the patterns among the last events before points.

    Args:
        points: The points.
        member: Which of them, for each member.
        longest: How many events a pattern has at most.
        last: How many events are looked at; those of the stay that lie at or before the point, and at least the lag
            before it.
        lag: In microseconds.
    """
    end = points.until_before(member, lag)
    rows = points.points[member]
    first = np.maximum(points.stays.spread(points.stays.first)[rows], end - last + 1)
    # Looked up once for every event, then picked for every member.
    width, place = len(points.names) + 1, points.stays.numbers()
    keys: list[Rows] = []
    members: list[Rows] = []
    key = np.zeros(len(points.code), dtype=np.int64)
    for length in range(1, longest + 1):
        earlier = np.roll(points.code, length - 1)
        key = key + (earlier + 1) * width ** (length - 1)
        for back in range(last - length + 1):
            at = end - back
            able = np.flatnonzero(at - length + 1 >= first)
            fits = able[place[at[able]] >= length]
            keys.append(key[at[fits]])
            members.append(fits)
    different, pattern = numbered(np.concatenate(keys)) if keys else (key[:0], key[:0])
    of_member = np.concatenate(members) if members else key[:0]
    cell = np.sort(of_member * max(len(different), 1) + pattern)
    cell = cell[changes(cell)]
    return Patterns(cell // max(len(different), 1), cell % max(len(different), 1), _paths(different, points.names))


def _paths(keys: Rows, names: pl.Series) -> pl.Series:
    """The names of patterns: the last event is the lowest digit."""
    width, digits = len(names) + 1, []
    rest = keys.copy()
    while rest.any():
        digits.append(rest % width)
        rest //= width
    columns = [
        pl.Series(f"{place}", names.gather(np.maximum(digit - 1, 0))).set(pl.Series(digit == 0), None)
        for place, digit in reversed(list(enumerate(digits)))
    ]
    if not columns:
        return pl.Series("pattern", [], dtype=pl.List(pl.String))
    return pl.DataFrame(columns).select(pattern=pl.concat_list(pl.all()).list.drop_nulls())["pattern"]
