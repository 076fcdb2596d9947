"""Absorbing Markov chains: where they end, after how many steps.

Source of the formulas: Grinstead and Snell, "Introduction to Probability", section 11.2.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from journey_analytics.errors import UsageError

Matrix = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class AbsorbingChain:
    """A chain with transient states that it leaves for good in the end.

    Attributes:
        transient: States that can be left, in the order of the rows.
        absorbing: States that cannot, in the order of the columns of ``absorption``.
        among: Probabilities between transient states (Q).
        into: Probabilities from transient to absorbing states (R).
    """

    transient: tuple[Hashable, ...]
    absorbing: tuple[Hashable, ...]
    among: Matrix
    into: Matrix

    @cached_property
    def fundamental(self) -> Matrix:
        """Expected number of visits of each transient state (N), by the state of start; the start counts as a visit."""
        identity = np.eye(len(self.transient))
        return np.linalg.solve(identity - self.among, identity)

    @cached_property
    def expected_steps(self) -> Matrix:
        """Expected number of steps until absorption, by the state of start."""
        return np.linalg.solve(np.eye(len(self.transient)) - self.among, np.ones(len(self.transient)))

    @cached_property
    def variance_steps(self) -> Matrix:
        """Variance of the number of steps until absorption, by the state of start."""
        steps = self.expected_steps
        return 2 * (self.fundamental @ steps) - steps - steps**2

    @cached_property
    def absorption(self) -> Matrix:
        """Probability of ending in each absorbing state, by the state of start."""
        return np.linalg.solve(np.eye(len(self.transient)) - self.among, self.into)

    @cached_property
    def visit_probability(self) -> Matrix:
        """Probability of ever visiting a transient state from another; on the diagonal, of ever coming back."""
        return (self.fundamental - np.eye(len(self.transient))) / np.diag(self.fundamental)


def absorbing_chain(
    probabilities: Mapping[tuple[Hashable, Hashable], float], absorbing: Sequence[Hashable]
) -> AbsorbingChain:
    """Make a chain from the probabilities of its steps.

    Args:
        probabilities: Probability of each step ``(from, to)``; those out of a transient state add up to 1.
        absorbing: States that cannot be left.

    Raises:
        UsageError: From some state the chain may go on for ever, so that nothing can be said of its end.

    Example:
        >>> chain = absorbing_chain({("a", "b"): 0.5, ("a", "out"): 0.5, ("b", "out"): 1.0}, ["out"])
        >>> chain.expected_steps.tolist()
        [1.5, 1.0]
    """
    states = dict.fromkeys(state for step in probabilities for state in step)
    transient = tuple(state for state in states if state not in absorbing)
    row = {state: index for index, state in enumerate(transient)}
    column = {state: index for index, state in enumerate(absorbing)}
    among, into = np.zeros((len(transient), len(transient))), np.zeros((len(transient), len(absorbing)))
    for (source, target), probability in probabilities.items():
        if source in row:
            matrix, place = (among, row[target]) if target in row else (into, column[target])
            matrix[row[source], place] = probability
    if transient and np.abs(np.linalg.eigvals(among)).max() > 1 - 1e-12:
        raise UsageError("the chain has states from which no absorbing state can be reached.")
    return AbsorbingChain(transient, tuple(absorbing), among, into)
