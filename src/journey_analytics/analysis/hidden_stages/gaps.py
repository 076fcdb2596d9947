"""Gaps between touchpoints: a rate of coming back for each stage, constant within spans of time since the last contact.

One span gives exponential gaps. Several follow any shape: minutes within a visit, days between visits, and the long
gaps of those who are hardly there any more. A silence that has not ended yet counts as what it is: time without return.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.hidden_stages.sequences import Floats

EXPONENTIAL: tuple[float, ...] = ()
PIECEWISE: tuple[float, ...] = (0.02, 0.25, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0)
"""Bounds of spans in days: half an hour, six hours, a day, and from there by doubling."""


@dataclass(frozen=True)
class Spans:
    """Times since the last contact, as spans.

    Attributes:
        bounds: Bounds between spans in days, ascending; the first span starts at 0, the last has no end.
    """

    bounds: tuple[float, ...]

    @property
    def count(self) -> int:
        """How many spans there are."""
        return len(self.bounds) + 1

    def place(self, days: Floats) -> "Placed":
        """In which span times end, and how far into it."""
        span = np.searchsorted(np.array(self.bounds), days, side="left")
        return Placed(span, days - np.array([0.0, *self.bounds])[span])

    def exposure(self, ends: Floats, within: Floats) -> Floats:
        """Time spent in each span (columns) in each stage (rows).

        Args:
            ends: How many times ended in each span.
            within: How far into it, added up.
        """
        beyond = np.cumsum(ends[:, ::-1], axis=1)[:, ::-1] - ends
        widths = np.diff([0.0, *self.bounds], append=np.inf)
        widths[-1] = 0.0
        return beyond * widths + within


@dataclass(frozen=True)
class Placed:
    """Times, by the span that they end in."""

    span: npt.NDArray[np.int64]
    within: Floats

    def added_up(self, weights: Floats, count: int) -> tuple[Floats, Floats]:
        """How many times end in each span (columns), and how far into it they go, by the weights of rows."""
        ends = [np.bincount(self.span, row, count) for row in weights]
        within = [np.bincount(self.span, row * self.within, count) for row in weights]
        return np.array(ends, dtype=np.float64), np.array(within, dtype=np.float64)


def cumulated(rates: Floats, spans: Spans, placed: Placed) -> Floats:
    """Rates added up over times (columns), for each stage (rows): the negative logarithm of not having come back."""
    widths = np.diff([0.0, *spans.bounds])
    before = np.concatenate([np.zeros((len(rates), 1)), np.cumsum(rates[:, :-1] * widths, axis=1)], axis=1)
    return before[:, placed.span] + rates[:, placed.span] * placed.within
