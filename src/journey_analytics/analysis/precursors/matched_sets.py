"""Matched sets: each drop-off, with some of those who might have dropped off at the same point and went on.

The same point is: the same stage, about as long in it, about as many acts there. Controls are drawn from all who were
there (Langholz and Goldstein 1996, Stat. Sci. 11:35), whatever became of them afterwards, by numbers that stand for
each row as if by chance: the same data give the same controls, in whatever order their rows stand.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.precursors.risk_points import RiskPoints
from journey_analytics.arrays.mixing import mixed
from journey_analytics.arrays.segments import Rows, Segments, changes

_BITS = 32


@dataclass(frozen=True)
class MatchedSets:
    """Sets of points, one drop-off each.

    Attributes:
        member: Which point each member is; the drop-off comes first in its set.
        sets: The members of each set.
        unmatched_count: Drop-offs for which there was nobody to compare with.
    """

    member: Rows
    sets: Segments
    unmatched_count: int

    @property
    def controls_count(self) -> Rows:
        """How many controls each set has."""
        return self.sets.lengths - 1


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
    """Draw controls for each drop-off: points of other customers who went on, one of each customer at most.

    Args:
        points: Drop-offs and others.
        controls: How many are drawn, at most; where there are no more, all are taken.
        exact: Up to how many acts their number is matched exactly.
        seed: Another number draws others.
    """
    stratum = strata_of(points, exact)
    chance = mixed(points.points.astype(np.uint64) + mixed(np.array([seed], dtype=np.uint64)))
    pool = _pool(stratum, points, chance)
    cases = np.flatnonzero(points.is_dropped)
    low = np.searchsorted(stratum[pool], stratum[cases], side="left")
    size = np.searchsorted(stratum[pool], stratum[cases], side="right") - low
    # One more than asked for, since the customer's own point does not count.
    drawn = np.minimum(size, controls + 1)
    sets = Segments.starting(_first_of_each(drawn))
    case = np.repeat(np.arange(len(cases)), drawn)
    turn = np.arange(len(case)) - np.repeat(np.cumsum(drawn) - drawn, drawn)
    start = (mixed(chance[cases]) % np.maximum(size, 1).astype(np.uint64)).astype(np.int64)
    control = pool[low[case] + (start[case] + turn) % size[case]] if len(case) else pool[:0]
    is_other = points.customer[control] != points.customer[cases[case]]
    so_far = np.cumsum(is_other)
    rank = so_far - sets.spread(so_far[sets.first] - is_other[sets.first]) if len(case) else so_far
    kept = is_other & (rank <= controls)
    matched = np.bincount(case[kept], minlength=len(cases))
    is_matched = matched > 0
    member = np.concatenate([cases[is_matched], control[kept]])
    place = np.concatenate([np.flatnonzero(is_matched), case[kept]])
    order = np.argsort(place, kind="stable")
    return MatchedSets(member[order], Segments.starting(changes(place[order])), int((~is_matched).sum()))


def _pool(stratum: Rows, points: RiskPoints, chance: npt.NDArray[np.uint64]) -> Rows:
    """Points at which customers went on, one of each customer and stratum, by stratum and in it as if by chance."""
    able = np.flatnonzero(~points.is_dropped)
    by_customer = able[np.lexsort((chance[able], points.customer[able], stratum[able]))]
    one = by_customer[changes(stratum[by_customer], points.customer[by_customer])]
    return one[np.lexsort((chance[one], stratum[one]))]


def _doublings(values: Rows) -> Rows:
    """0 for 0, 1 for 1, 2 for 2 and 3, 3 for 4 to 7, and so on."""
    return np.frexp(values.astype(np.float64))[1].astype(np.int64)


def _first_of_each(lengths: Rows) -> npt.NDArray[np.bool_]:
    found = np.zeros(int(lengths.sum()), dtype=np.bool_)
    found[(np.cumsum(lengths) - lengths)[lengths > 0]] = True
    return found
