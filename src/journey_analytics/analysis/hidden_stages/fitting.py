"""Fitting a stage process by expectation and maximization, without labels."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from journey_analytics.analysis.hidden_stages.chain import TINY
from journey_analytics.analysis.hidden_stages.leaps import leap
from journey_analytics.analysis.hidden_stages.priors import Prior
from journey_analytics.analysis.hidden_stages.process import StageProcess
from journey_analytics.analysis.hidden_stages.seeing import Seen, see
from journey_analytics.analysis.hidden_stages.sequences import Codes, Floats, Sequences, customers_of

MOST_ROUNDS, FIRST_ROUNDS = 60, 10
ENOUGH = 1e-7
"""A fit ends when the objective per observation grows by less in a round."""

ENOUGH_CUSTOMERS = 20_000
"""So many are looked at until the fit settles; it is then refined with all."""


@dataclass(frozen=True)
class Counts:
    """Expected numbers of what happened, by stage; see ``Prior`` for what rows and columns are."""

    start: Floats
    move: Floats
    drop: Floats
    emission: Floats
    returns: Floats
    exposure: Floats
    paces: Floats
    log_likelihood: float

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.start + other.start,
            self.move + other.move,
            self.drop + other.drop,
            self.emission + other.emission,
            self.returns + other.returns,
            self.exposure + other.exposure,
            self.paces + other.paces,
            self.log_likelihood + other.log_likelihood,
        )


@dataclass(frozen=True)
class Fit:
    """A fitted process.

    Attributes:
        process: The process.
        objectives: Log-likelihood with that of the prior, where each iteration started.
        is_settled: Whether it had stopped growing when the iterations ended.
    """

    process: StageProcess
    objectives: tuple[float, ...]
    is_settled: bool


def fit_stages(parts: Sequence[Sequences], prior: Prior) -> Fit:
    """Fit a stage process: at first to what happens alone, then to what happens and when; where many, first to some.

    Gaps tell much of how active customers are; had they a say from the start, stages would become degrees of activity.
    """
    every = -(-customers_of(parts) // ENOUGH_CUSTOMERS)
    some = [part.every(every) for part in parts] if every > 1 else parts
    by_symbols = fit_process(some, prior, learn_gaps=False, most_rounds=FIRST_ROUNDS)
    found = fit_process(some, prior, process=by_symbols.process)
    return fit_process(parts, prior, process=found.process) if every > 1 else found


def fit_process(
    parts: Sequence[Sequences],
    prior: Prior,
    *,
    process: StageProcess | None = None,
    learn_gaps: bool = True,
    most_rounds: int = MOST_ROUNDS,
    known_stages: Sequence[Codes] | None = None,
) -> Fit:
    """Find the process that makes the observations likeliest, given the prior.

    The same observations in the same parts give the same process. Source of the iterations: Dempster, Laird and Rubin,
    "Maximum likelihood from incomplete data via the EM algorithm", JRSS B 39 (1977). A round is two of them and a third
    from where these point to, unless that is worse.

    Args:
        parts: The observations. Parts are worked on in threads, and added up in their order.
        prior: Pseudo-counts, and where to start.
        process: Where to start instead.
        learn_gaps: Learn rates and paces, too; else they stay those of the prior.
        most_rounds: The fit ends at the latest after so many rounds.
        known_stages: Stage of each observation where it is known, part by part: then only who dropped off is not.
    """
    known = known_stages or [None] * len(parts)
    observations = max(sum(len(part) for part in parts), 1)
    objectives: list[float] = []
    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:

        def step(at: StageProcess) -> tuple[StageProcess, float]:
            found = list(threads.map(expect, [at] * len(parts), parts, known))
            counts = sum(found[1:], found[0])
            return maximize(counts, prior, learn_gaps=learn_gaps), counts.log_likelihood + _log_prior(at, prior)

        now = process or prior.process
        for _ in range(most_rounds):
            first, at_start = step(now)
            second, at_first = step(first)
            third, objective = step(leap(now, first, second))
            if objective < at_first:
                third, objective = step(second)
            objectives += [at_start, at_first, objective]
            now = third
            if objective - at_start < ENOUGH * observations:
                return Fit(now, tuple(objectives), is_settled=True)
    return Fit(now, tuple(objectives), is_settled=False)


def expect(process: StageProcess, sequences: Sequences, known_stages: Codes | None = None) -> Counts:
    """Expected numbers of what happened to some customers, given a process.

    Args:
        process: The process.
        sequences: Their observations.
        known_stages: Stage of each observation, where it is known.
    """
    seen = see(process, sequences)
    if known_stages is not None:
        is_known = np.arange(process.states_count)[:, None] == known_stages
        seen.weights[...] = np.where(process.by_pace(is_known), seen.weights, 0.0)
    smoothed, moves = seen.smoothed
    states = process.of_states(smoothed)
    customers, symbols = sequences.customers_count, process.emission.shape[1]
    gone, going_on = _at_the_end(seen, smoothed)
    returns, exposure = _gaps(seen, smoothed, going_on.sum(axis=1))
    moves += going_on.sum(axis=(0, 3))
    return Counts(
        start=states[:, :customers].sum(axis=1),
        move=moves,
        drop=np.stack([gone, moves.sum(axis=1)], axis=1),
        emission=np.array([np.bincount(sequences.symbol, row, symbols) for row in states], dtype=np.float64),
        returns=returns,
        exposure=exposure,
        paces=process.of_paces(smoothed[:, :customers]).sum(axis=1),
        log_likelihood=float(seen.log_likelihoods().sum()),
    )


def _at_the_end(seen: Seen, smoothed: Floats) -> tuple[Floats, Floats]:
    """How many dropped off in each state; and how likely each move is under way when the observation ends.

    Returns:
        By state; and by pace, state, next state and customer.
    """
    process = seen.process
    last = smoothed[:, seen.sequences.last] / np.maximum(seen.ends, TINY)
    gone = process.of_states(last * process.by_pace(process.drop)[:, None]).sum(axis=1)
    shape = (len(process.paces), process.states_count, seen.sequences.customers_count)
    still_there = seen.still_there.reshape(shape)
    going_on = last.reshape(shape)[:, :, None] * process.step[:, :, None] * still_there[:, None]
    return gone, going_on


def _gaps(seen: Seen, smoothed: Floats, awaited: Floats) -> tuple[Floats, Floats]:
    """How many gaps ended in each span (columns), and the days spent in it at the usual pace, by state (rows).

    Args:
        seen: The observations.
        smoothed: Probability of each state of each pace at each of them.
        awaited: How likely each state is the next, by pace and customer: the silence is a gap in it.
    """
    process, sequences = seen.process, seen.sequences
    spans, customers = process.spans, sequences.customers_count
    gap, silence = spans.place(sequences.gap[customers:]), spans.place(sequences.silence)
    returns, exposure = np.zeros((process.states_count, spans.count)), np.zeros((process.states_count, spans.count))
    for place, pace in enumerate(process.paces):
        states = smoothed[place * process.states_count :][: process.states_count, customers:]
        ends, within = gap.added_up(states, spans.count)
        silent_ends, silent_within = silence.added_up(awaited[place], spans.count)
        returns += ends
        exposure += pace * spans.exposure(ends + silent_ends, within + silent_within)
    return returns, exposure


def maximize(counts: Counts, prior: Prior, *, learn_gaps: bool = True) -> StageProcess:
    """The likeliest process, given expected numbers of what happened."""
    start, move, emission = counts.start + prior.start, counts.move + prior.move, counts.emission + prior.emission
    drop = counts.drop + prior.drop
    found = replace(
        prior.process,
        start=start / start.sum(),
        move=move / move.sum(axis=1, keepdims=True),
        drop=drop[:, 0] / drop.sum(axis=1),
        emission=emission / emission.sum(axis=1, keepdims=True),
    )
    if not learn_gaps:
        return found
    rates = (counts.returns + prior.returns) / (counts.exposure + prior.exposure)
    paces = counts.paces + prior.paces
    return replace(found, rates=rates, pace_shares=tuple((paces / paces.sum()).tolist()))


def _log_prior(process: StageProcess, prior: Prior) -> float:
    def of(pseudo_counts: Floats, probabilities: Floats) -> float:
        return float((pseudo_counts * np.log(np.maximum(probabilities, TINY))).sum())

    return (
        of(prior.start, process.start)
        + of(prior.move, process.move)
        + of(prior.drop, np.stack([process.drop, 1.0 - process.drop], axis=1))
        + of(prior.emission, process.emission)
        + of(prior.returns, process.rates)
        + of(prior.paces, np.array(process.pace_shares))
        - float((prior.exposure * process.rates).sum())
    )
