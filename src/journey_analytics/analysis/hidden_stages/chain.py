"""Hidden Markov chains on columns: forward, backward and most likely path, for all sequences at once.

Source of the recursions, with scaling: Rabiner, "A tutorial on hidden Markov models and selected applications in speech
recognition", Proceedings of the IEEE 77 (1989). Every value of a customer comes from that customer's observations by
elementwise operations in a fixed order: it is the same, to the last bit, whoever else is in the part.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.hidden_stages.sequences import Floats, Sequences

TINY = 1e-300


@dataclass(frozen=True)
class Forward:
    """What is known of each observation's state by what was seen up to it.

    Attributes:
        filtered: Probability of each state (rows) at each observation (columns).
        scale: Probability (or density) of each observation given those before it.
    """

    filtered: Floats
    scale: Floats


def forward(start: Floats, step: Floats, weights: Floats, sequences: Sequences) -> Forward:
    """Go through the observations in the order of time.

    Args:
        start: Probability of each state, of each class, at the first observation.
        step: Probability of each next state (columns) given the present one (rows); rows may add up to less than 1.
        weights: Probability or density of each observation (columns) in each state of each class (rows).
        sequences: Where the observations stand.
    """
    filtered, scale = np.empty_like(weights), np.empty(len(sequences))
    before = 0
    for begin, end in sequences.steps():
        if begin == 0:
            now = start[:, None] * weights[:, :end]
        else:
            now = _combined(step, filtered[:, before : before + end - begin])
            now *= weights[:, begin:end]
        total = np.maximum(now.sum(axis=0), TINY)
        np.divide(now, total, out=filtered[:, begin:end])
        scale[begin:end] = total
        before = begin
    return Forward(filtered, scale)


def backward(
    step: Floats, weights: Floats, ends: Floats, known: Forward, sequences: Sequences
) -> tuple[Floats, Floats]:
    """Go back from the end.

    Args:
        step: As for ``forward``.
        weights: As for ``forward``.
        ends: Probability of what follows each customer's last observation (columns) given its state (rows).
        known: What ``forward`` gave.
        sequences: Where the observations stand.

    Returns:
        Smoothed probabilities of each state (rows) at each observation (columns); and the expected number of steps
        between each pair of states.
    """
    ahead, moves = np.empty_like(weights), np.zeros_like(step)
    following: tuple[int, int] = (0, 0)
    for begin, end in reversed(list(sequences.steps())):
        goes_on = following[1] - following[0]
        filtered = known.filtered[:, begin:end]
        if goes_on:
            later = slice(*following)
            weighted = weights[:, later] * ahead[:, later] / known.scale[later]
            ahead[:, begin : begin + goes_on] = _combined(step.T, weighted)
            moves += _pairs(filtered[:, :goes_on], weighted, len(step))
        stops = slice(goes_on, end - begin)
        total = np.maximum((filtered[:, stops] * ends[:, stops]).sum(axis=0), TINY)
        ahead[:, begin + goes_on : end] = ends[:, stops] / total
        following = (begin, end)
    return known.filtered * ahead, moves * step


def log_likelihoods(known: Forward, ends: Floats, sequences: Sequences) -> Floats:
    """Logarithm of the probability (or density) of each customer's observations and of what follows the last one."""
    totals = np.log(np.maximum((known.filtered[:, sequences.last] * ends).sum(axis=0), TINY))
    logs = np.log(known.scale)
    for begin, end in sequences.steps():
        totals[: end - begin] += logs[begin:end]
    return totals


def most_likely_paths(
    start: Floats, step: Floats, weights: Floats, ends: Floats, sequences: Sequences
) -> tuple[npt.NDArray[np.uint8], Floats]:
    """The path of states that is likeliest as a whole (Viterbi), of several the one with the first states.

    Returns:
        The state at each observation; and the logarithm of each customer's path with its observations.
    """
    with np.errstate(divide="ignore"):
        within = np.kron(np.eye(len(start) // len(step)), step)
        log_start, log_step, log_weights, log_ends = (np.log(array) for array in (start, within, weights, ends))
    came_from = np.zeros(weights.shape, dtype=np.uint8)
    best = log_start[:, None] + log_weights[:, : sequences.customers_count]
    for begin, end in list(sequences.steps())[1:]:
        reached = best[:, None, : end - begin] + log_step[:, :, None]
        came_from[:, begin:end] = reached.argmax(axis=0)
        best[:, : end - begin] = reached.max(axis=0) + log_weights[:, begin:end]
    best += log_ends
    state = best.argmax(axis=0).astype(np.uint8)
    path = np.empty(len(sequences), dtype=np.uint8)
    for begin, end in reversed(list(sequences.steps())):
        places = np.arange(begin, end)
        path[begin:end] = state[: end - begin]
        state[: end - begin] = came_from[state[: end - begin], places]
    return path, best.max(axis=0)


def _combined(step: Floats, values: Floats) -> Floats:
    """``step.T @ values`` in each class, state by state: products of libraries round by how many columns there are."""
    states = len(step)
    of_class = values.reshape(-1, states, values.shape[1])
    total = step[0][:, None] * of_class[:, None, 0]
    for state in range(1, states):
        total += step[state][:, None] * of_class[:, None, state]
    return total.reshape(values.shape)


def _pairs(present: Floats, following: Floats, states: int) -> Floats:
    """Products of all pairs of states, added up over columns and classes."""
    return sum(
        (
            present[start : start + states] @ following[start : start + states].T
            for start in range(0, len(present), states)
        ),
        np.zeros((states, states)),
    )
