"""Matched sets: drop-offs at one point, with others who might have dropped off there and went on.

The same point is: the same stage, about as long in it, about as many acts there. All who were there stand beside the
drop-offs, whatever became of them afterwards, each customer once. Drawing some of them for each drop-off by itself
would show the same customers many times, and take them for as many (ADR 32). Where they are too many, some are taken by
numbers that stand for each row as if by chance: the same data give the same, in whatever order their rows stand.
"""

from dataclasses import dataclass

import numpy as np

from journey_analytics.analysis.precursors.risk_points import RiskPoints
from journey_analytics.arrays.mixing import mixed
from journey_analytics.arrays.segments import Flags, Rows, Segments, changes
from journey_analytics.arrays.sorting import numbered

_BITS = 32


@dataclass(frozen=True)
class MatchedSets:
    """Drop-offs and controls, those of one stratum together.

    Attributes:
        member: Which point each member is; the drop-offs come first in their set.
        is_dropped: Whether each member is a drop-off.
        sets: The members of each set.
        unmatched_count: Drop-offs for which there was nobody to compare with.
    """

    member: Rows
    is_dropped: Flags
    sets: Segments
    unmatched_count: int

    @property
    def dropped_counts(self) -> Rows:
        """How many drop-offs each set has."""
        return self.sets.counts(self.is_dropped).astype(np.int64)


def strata_of(points: RiskPoints, exact: int) -> Rows:
    """For each point the number of its stratum.

    Days since the start are taken together as 0, 1, 2 to 3, 4 to 7, and so on; acts likewise beyond those that are
    matched exactly.

    Args:
        points: The points.
        exact: Up to how many acts their number is matched exactly.
    """
    acts = np.where(points.acts_count <= exact, points.acts_count, exact + _doublings(points.acts_count))
    return (points.stage << _BITS) + (_doublings(points.days) << (_BITS // 2)) + acts


def matched_sets(points: RiskPoints, *, controls: int, exact: int, seed: int) -> MatchedSets:
    """Put the drop-offs of each stratum beside points of other customers who went on, one of each customer.

    Args:
        points: Drop-offs and others.
        controls: How many controls there are for each drop-off of a stratum, at most.
        exact: Up to how many acts their number is matched exactly.
        seed: Another number takes others where they are too many, and other points of a customer in one stratum.
    """
    _, stratum = numbered(strata_of(points, exact))
    chance = mixed(points.points.astype(np.uint64) + mixed(np.array([seed], dtype=np.uint64)))
    # Of each customer the first in each stratum: a drop-off, if there is one, else any.
    order = np.lexsort((chance, ~points.is_dropped, points.customer, stratum))
    one = order[changes(stratum[order], points.customer[order])] if len(order) else order
    able = one[~points.is_dropped[one]]
    able = able[np.lexsort((chance[able], stratum[able]))]
    cases = np.flatnonzero(points.is_dropped)
    count = int(stratum.max(initial=-1)) + 1
    dropped = np.bincount(stratum[cases], minlength=count)
    place = Segments.starting(changes(stratum[able])).numbers() if len(able) else able
    kept = able[place <= controls * dropped[stratum[able]]]
    is_matched = (dropped > 0) & (np.bincount(stratum[kept], minlength=count) > 0)
    cases_kept = cases[is_matched[stratum[cases]]]
    member = np.concatenate([cases_kept, kept[is_matched[stratum[kept]]]])
    member = member[np.argsort(stratum[member], kind="stable")]
    sets = Segments.starting(changes(stratum[member]))
    return MatchedSets(member, points.is_dropped[member], sets, len(cases) - len(cases_kept))


def _doublings(values: Rows) -> Rows:
    """0 for 0, 1 for 1, 2 for 2 and 3, 3 for 4 to 7, and so on."""
    return np.frexp(values.astype(np.float64))[1].astype(np.int64)
