"""What was guessed for steps that happened: how likely they were said to be, and how far up the list they stood."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.intervals import Interval
from journey_analytics.analysis.next_steps.context_tree import ContextTree, Probabilities, contexts_before
from journey_analytics.analysis.next_steps.step_sequences import Codes, StepSequences
from journey_analytics.analysis.ratios import mean_of_customers, rate_of_customers

_RANKED = 3


@dataclass(frozen=True)
class StepGuesses:
    """Guesses of steps that happened.

    Attributes:
        customer: Whose they are.
        probability: What each was given.
        rank: Its place among all steps by probability, from 0; of equals the first by name.
    """

    customer: npt.NDArray[np.int32]
    probability: npt.NDArray[np.float64]
    rank: npt.NDArray[np.int64]

    def scores(self, guess: str) -> pl.DataFrame:
        """One row: ``guess``, ``steps_count``, ``customers_count``, and rates and mean loss with their intervals."""
        _, place, counts = np.unique(self.customer, return_inverse=True, return_counts=True)
        row: dict[str, object] = {"guess": guess, "steps_count": len(self.rank), "customers_count": len(counts)}
        for name, hits in (("top1_rate", self.rank == 0), (f"top{_RANKED}_rate", self.rank < _RANKED)):
            row |= _columns(name, rate_of_customers(np.bincount(place, hits, len(counts)), counts))
        losses = np.bincount(place, -np.log(self.probability), len(counts))
        return pl.DataFrame([row | _columns("log_loss", mean_of_customers(losses, counts))])


def guessed(tree: ContextTree, happened: StepSequences) -> StepGuesses:
    """What a tree makes of steps; the first step of a case is not guessed."""
    return _looked_up(happened, tree.order, tree.distributions, ranked_by=lambda found, _: found)


def repeated(even: ContextTree, known: StepSequences, happened: StepSequences) -> StepGuesses:
    """What comes of guessing that everybody does again what they did last.

    Args:
        even: How common steps are, without memory.
        known: What is known: how often the last step was repeated is learned from it.
        happened: Steps.
    """
    later = np.flatnonzero(known.cases.numbers() > 1)
    rate = float(np.mean(known.code[later] == known.code[later - 1])) if len(later) else 0.0
    common = next(iter(even.distributions(np.zeros(1, dtype=np.uint64))))[1][0]

    def distributions(last: Codes) -> Iterator[tuple[slice, Probabilities]]:
        step = last.astype(np.int64) - 1
        found = np.tile(common, (len(step), 1)) * ((1 - rate) / (1 - common[step]))[:, None]
        found[np.arange(len(step)), step] = rate
        yield slice(0, len(step)), (1 - even.floor) * found + even.floor / len(common)

    def with_last_first(found: Probabilities, last: Codes) -> Probabilities:
        first = found.copy()
        first[np.arange(len(last)), last.astype(np.int64) - 1] = 2
        return first

    return _looked_up(happened, 1, distributions, ranked_by=with_last_first)


def _looked_up(
    happened: StepSequences,
    order: int,
    distributions: Callable[[Codes], Iterator[tuple[slice, Probabilities]]],
    ranked_by: Callable[[Probabilities, Codes], Probabilities],
) -> StepGuesses:
    rows = np.flatnonzero(happened.cases.numbers() > 1)
    contexts, place = np.unique(contexts_before(happened, order)[rows], return_inverse=True)
    step = happened.code[rows].astype(np.int64) - 1
    probability, rank = np.empty(len(rows)), np.empty(len(rows), dtype=np.int64)
    by_context = np.argsort(place, kind="stable")
    bounds = np.searchsorted(place[by_context], np.arange(len(contexts) + 1))
    for some, found in distributions(contexts):
        of = by_context[bounds[some.start] : bounds[min(some.stop, len(contexts))]]
        in_order = np.argsort(-ranked_by(found, contexts[some]), axis=1, kind="stable")
        ranks = np.argsort(in_order, axis=1)
        probability[of] = found[place[of] - some.start, step[of]]
        rank[of] = ranks[place[of] - some.start, step[of]]
    return StepGuesses(happened.customer[rows], probability, rank)


def _columns(name: str, interval: Interval | None) -> dict[str, float | None]:
    found = (None, None, None) if interval is None else (interval.estimate, interval.low, interval.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))
