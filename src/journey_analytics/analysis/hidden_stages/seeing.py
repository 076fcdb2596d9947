"""Seeing customers by a stage process: how likely each stage is, being gone, and having ever reached a stage."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from journey_analytics.analysis.hidden_stages.chain import (
    TINY,
    Forward,
    backward,
    forward,
    log_likelihoods,
    most_likely_paths,
)
from journey_analytics.analysis.hidden_stages.gaps import cumulated
from journey_analytics.analysis.hidden_stages.process import StageProcess
from journey_analytics.analysis.hidden_stages.sequences import Codes, Floats, Sequences

LEAST_LOG_WEIGHT = -600.0
"""How much less likely than in the likeliest state an observation counts at most: no state is ever ruled out."""


@dataclass(frozen=True)
class Seen:
    """Observations of some customers, weighed by a process. Rows of arrays are the states of each pace in turn.

    Attributes:
        process: The process.
        sequences: The observations.
        weights: Likelihood of each observation (columns) in each state, as a share of the greatest.
        log_greatest: Logarithm of the greatest.
        still_there: Probability in each state, were it the next, of a gap as long as each customer's silence (columns).
        ends: Probability of the silence of each customer (columns) after each last state.
    """

    process: StageProcess
    sequences: Sequences
    weights: Floats
    log_greatest: Floats
    still_there: Floats
    ends: Floats

    @cached_property
    def known(self) -> Forward:
        """States by what was seen up to each observation."""
        return forward(self.process.start_by_pace, self.process.step, self.weights, self.sequences)

    @cached_property
    def smoothed(self) -> tuple[Floats, Floats]:
        """States by everything seen, later observations included, and the expected number of moves."""
        return backward(self.process.step, self.weights, self.ends, self.known, self.sequences)

    def stages(self) -> Floats:
        """Probability of each stage (rows) at each observation (columns), by what was seen up to it."""
        return self.process.of_stages(self.known.filtered)

    def stages_in_hindsight(self) -> Floats:
        """The same by everything seen, later observations included: not for anything that looks ahead."""
        return self.process.of_stages(self.smoothed[0])

    def log_likelihoods(self) -> Floats:
        """Logarithm of the density of each customer's touchpoints and silence."""
        total = log_likelihoods(self.known, self.ends, self.sequences)
        for begin, end in self.sequences.steps():
            total[: end - begin] += self.log_greatest[begin:end]
        return total

    def drop_off_probability(self) -> Floats:
        """Probability that each customer has dropped off, given touchpoints and silence."""
        last = self.known.filtered[:, self.sequences.last]
        gone = (last * self.process.by_pace(self.process.drop)[:, None]).sum(axis=0)
        return gone / np.maximum((last * self.ends).sum(axis=0), TINY)

    def machine_probability(self) -> Floats:
        """Probability that each customer is a machine, by everything seen."""
        states = self.process.of_states(self.smoothed[0][:, : self.sequences.customers_count])
        return states[self.process.stages_count :].sum(axis=0)

    def path(self) -> Codes:
        """The likeliest path of states as a whole."""
        start = self.process.start_by_pace
        paths = most_likely_paths(start, self.process.step, self.weights, self.ends, self.sequences)[0]
        return paths % self.process.states_count

    def reached_probability(self) -> Floats:
        """Probability that each customer (columns) was ever in each stage or a later one (rows), given everything seen.

        Never to have been beyond a stage is a restriction of the paths: its probability is what is left of the
        likelihood where no other paths are allowed.
        """
        process = self.process
        everything = log_likelihoods(self.known, self.ends, self.sequences)
        reached = np.ones((process.stages_count, self.sequences.customers_count))
        state = np.tile(np.arange(process.states_count), len(process.paces))[:, None]
        for stage in range(process.stages_count):
            is_below = (state < stage) | (state >= process.stages_count)
            weights = np.where(is_below, self.weights, 0.0)
            below = forward(process.start_by_pace, process.step, weights, self.sequences)
            never = log_likelihoods(below, self.ends, self.sequences) - everything
            reached[stage] = -np.expm1(np.minimum(never, 0.0))
        return reached


def see(process: StageProcess, sequences: Sequences) -> Seen:
    """Weigh observations by a process."""
    symbols = np.log(np.maximum(process.emission, TINY))[:, sequences.symbol]
    silent = np.ones((process.states_count * len(process.paces), sequences.customers_count))
    ends = silent
    logs = process.by_pace(symbols)
    if process.rates.size:
        silence = cumulated(process.rates, process.spans, process.spans.place(sequences.silence))
        of_paces = [np.exp(-pace * silence) for pace in process.paces]
        going_on = [(process.step[:, :, None] * of_pace).sum(axis=1) for of_pace in of_paces]
        silent = np.concatenate(of_paces)
        ends = process.by_pace(process.drop[:, None]) + np.concatenate(going_on)
        gap = process.spans.place(sequences.gap[sequences.customers_count :])
        log_rates, waited = np.log(process.rates)[:, gap.span], cumulated(process.rates, process.spans, gap)
        for place, pace in enumerate(process.paces):
            of_pace = logs[place * process.states_count :][: process.states_count, sequences.customers_count :]
            of_pace += np.log(pace) + log_rates - pace * waited
    greatest = logs.max(axis=0)
    weights = np.exp(np.maximum(logs - greatest, LEAST_LOG_WEIGHT))
    return Seen(process, sequences, weights, greatest, silent, ends)
