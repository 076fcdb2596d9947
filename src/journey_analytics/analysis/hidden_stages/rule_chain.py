"""The rule chain: a Markov chain over the stages that rules give, with gaps and drop-off; what a fit has to beat.

It knows as much as a stage process and is fitted in the same way, but its states are no secret: what comes next depends
on the stage of the rules alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from journey_analytics.analysis.hidden_stages.chain import TINY
from journey_analytics.analysis.hidden_stages.fitting import fit_process
from journey_analytics.analysis.hidden_stages.gaps import Spans, cumulated
from journey_analytics.analysis.hidden_stages.priors import STRENGTH, Prior, pooled_rates
from journey_analytics.analysis.hidden_stages.process import ONE_PACE, StageProcess
from journey_analytics.analysis.hidden_stages.sequences import Codes, Floats, Sequences


@dataclass(frozen=True)
class RuleChain:
    """A fitted rule chain; state 0 is none, for customers of whom the rules have said nothing yet.

    Attributes:
        next_seen: Probability of each next symbol and state, by the present state; the last row is for first ones.
        process: Drop-off and rates of coming back.
    """

    next_seen: Floats
    process: StageProcess

    def log_likelihoods(self, sequences: Sequences, states: Codes) -> Floats:
        """Logarithm of the density of each customer's touchpoints and silence, each given those before it.

        Args:
            sequences: The observations.
            states: State of each by the rules, which tells nothing of itself and all of what follows.
        """
        process, customers = self.process, sequences.customers_count
        of_first = self.next_seen[-1][sequences.symbol[:customers]].sum(axis=1)
        before = states[sequences.previous]
        gap = process.spans.place(sequences.gap[customers:])
        density = process.rates[:, gap.span] * np.exp(-cumulated(process.rates, process.spans, gap))
        of_next = (self.next_seen[before, sequences.symbol[customers:]] * density.T).sum(axis=1)
        logs = np.log(np.maximum(np.append(of_first, of_next * (1.0 - process.drop[before])), TINY))
        silence = process.spans.place(sequences.silence)
        still_there = np.exp(-cumulated(process.rates, process.spans, silence))
        last = states[sequences.last]
        goes_on = (self.next_seen.sum(axis=1)[last] * still_there.T).sum(axis=1)
        total = np.log(np.maximum(process.drop[last] + (1.0 - process.drop[last]) * goes_on, TINY))
        for begin, end in sequences.steps():
            total[: end - begin] += logs[begin:end]
        return total


def fit_rule_chain(
    parts: Sequence[Sequences], states: Sequence[Codes], states_count: int, symbols_count: int, spans: Spans
) -> RuleChain:
    """Fit the chain to observations.

    Args:
        parts: The observations.
        states: State of each by the rules, part by part, 0 for none.
        states_count: How many states there are.
        symbols_count: How many symbols there are.
        spans: Spans of gaps.
    """
    process = fit_process(parts, _no_opinion(parts, states_count, symbols_count, spans), known_stages=states).process
    counts = np.zeros((states_count + 1, symbols_count, states_count))
    for part, of_part in zip(parts, states, strict=True):
        before = np.append(np.full(part.customers_count, states_count), of_part[part.previous])
        np.add.at(counts, (before, part.symbol, of_part), 1.0)
    pooled = counts.sum(axis=0) + 1.0 / symbols_count
    counts += STRENGTH * pooled / pooled.sum()
    return RuleChain(counts / counts.sum(axis=(1, 2), keepdims=True), process)


def _no_opinion(parts: Sequence[Sequences], states_count: int, symbols_count: int, spans: Spans) -> Prior:
    rates = np.tile(pooled_rates(parts, spans), (states_count, 1))
    square, symbols = np.ones((states_count, states_count)), np.ones((states_count, symbols_count))
    process = StageProcess(
        stages_count=states_count,
        start=np.full(states_count, 1.0 / states_count),
        move=square / states_count,
        drop=np.full(states_count, 0.1),
        emission=symbols / symbols_count,
        rates=rates,
        spans=spans,
    )
    return Prior(
        np.ones(states_count),
        square,
        np.ones((states_count, 2)),
        symbols,
        np.ones_like(rates),
        1.0 / rates,
        np.ones(len(ONE_PACE)),
        process,
    )
