"""How far a guess of the next step can be trusted, on a time that it had not seen, and which memory is worth having.

Cases that begin in the first third teach trees of every order, those of the second third choose among them, and those
of the last third score the choice, beside simpler guesses. Whoever learns from cases that were still going on sees them
as they stood then: cut, and without an end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from journey_analytics.analysis.intervals import wilson
from journey_analytics.analysis.next_steps.context_tree import bits_per_step, context_tree, longest_order
from journey_analytics.analysis.next_steps.next_steps import FLOOR, drop_off_probabilities, open_cases
from journey_analytics.analysis.next_steps.step_guesses import guessed, repeated
from journey_analytics.analysis.next_steps.step_sequences import Codes, StepSequences
from journey_analytics.arrays.mixing import mixed
from journey_analytics.arrays.sorting import counted
from journey_analytics.errors import UsageError

ORDERS = range(6)
LEAST_CASES = 100
"""In each third; with fewer there is nothing to choose an order by, and no score worth the name."""

_FEW_UNSEEN = 0.01


@dataclass(frozen=True)
class NextStepScores:
    """Scores of guessing the next step.

    Attributes:
        order: The length of memory that did best: for ``next_steps``.
        scores: One row per guess, that of the chosen order first: ``guess`` (order 3, order 0, repeat last),
            ``steps_count`` and ``customers_count`` scored, ``top1_rate`` and ``top3_rate`` (the step was the likeliest,
            or among the three likeliest), ``log_loss`` (nats a step), each with ``_low`` and ``_high``: 95 % interval,
            of customers.
        trust: One row: ``unseen_rate`` (moves of the last third that had not occurred before) and
            ``expected_unseen_rate`` (Good and Turing's estimate of it), ``is_drifting`` (surely more than that, and
            than 1 %), ``known_beginnings_rate`` (beginnings of cases that had occurred before as a whole); and for
            cases that were open when the last third began and have gone on or ended since ``decided_count``,
            ``drop_off_brier`` and ``base_rate_brier``: mean squared error of the probability to drop off, and of their
            rate in its place.
    """

    order: int
    scores: pl.DataFrame
    trust: pl.DataFrame


def next_step_scores(
    sequences: StepSequences, *, orders: Sequence[int] = ORDERS, floor: float = FLOOR
) -> NextStepScores | None:
    """Choose how long a memory the guess of the next step has, and score it.

    Args:
        sequences: Everything that is known.
        orders: Lengths of memory to choose from.
        floor: Share of every distribution that is spread evenly, so that no step is impossible.

    Returns:
        The scores; None where there are fewer than 100 cases in a third, or none of the last third has gone on yet.

    Raises:
        UsageError: There are no orders, or a memory is too long for so many different steps.

    Example:
        >>> from datetime import datetime, timedelta
        >>> from journey_analytics.analysis.next_steps.step_sequences import step_sequences
        >>> days = [case + step for case in range(400) for step in range(3)]
        >>> log = pl.DataFrame({
        ...     "customer_id": [case for case in range(400) for step in range(3)],
        ...     "event_type": ["view", "cart", "buy"] * 400,
        ...     "occurred_at": [datetime(2026, 1, 1) + timedelta(days=day) for day in days],
        ... })
        >>> found = next_step_scores(step_sequences(log, lapse_after=timedelta(days=30)))
        >>> found.scores.filter(guess="order 1").select("steps_count", "top1_rate").row(0)
        (371, 1.0)
    """
    most = longest_order(len(sequences.names))
    if not orders or min(orders) < 0 or max(orders) > most:
        raise UsageError(
            f"There is no memory of {list(orders)} steps for {len(sequences.names)} different ones.",
            hint=f"Give orders from 0 to {most}, or group rare steps under one name.",
        )
    started = np.sort(sequences.started_at)
    if len(started) < 3 * LEAST_CASES:
        return None
    choosing, testing = int(started[len(started) // 3]), int(started[2 * len(started) // 3])
    known, happened = sequences.only(sequences.at < testing), begun_from(sequences, testing)
    if not len(_moves(happened)):
        return None
    order = _best_order(known, choosing, orders, floor)
    tree = context_tree(known, max(1, order), floor)
    scores = [guessed(tree.shorter(one), happened).scores(f"order {one}") for one in dict.fromkeys((order, 0, 1))]
    scores.append(repeated(tree.shorter(0), known, happened).scores("repeat last"))
    trust = _novelty(known, happened) | _drop_off_scores(known, sequences, testing, order, floor)
    return NextStepScores(order, pl.concat(scores), pl.DataFrame([trust]))


def begun_from(sequences: StepSequences, moment: int) -> StepSequences:
    """Cases that begin at a moment or later."""
    return sequences.only(sequences.cases.spread(sequences.started_at >= moment))


def _best_order(sequences: StepSequences, moment: int, orders: Sequence[int], floor: float) -> int:
    """The order whose guesses of cases that begin later than a moment lose least; of equals the shortest."""
    tree = context_tree(sequences.only(sequences.at < moment), max(orders), floor)
    later = begun_from(sequences, moment)
    losses = {order: -np.log(guessed(tree.shorter(order), later).probability).sum() for order in sorted(set(orders))}
    return min(losses, key=lambda order: losses[order])


def _novelty(known: StepSequences, happened: StepSequences) -> dict[str, object]:
    """How much of what happened had not been seen before."""
    seen, counts = counted(_moves(known))
    moves = _moves(happened)
    unseen = int(np.count_nonzero(~np.isin(moves, seen)))
    expected = float(np.count_nonzero(counts == 1) / max(1, counts.sum()))
    interval = wilson(unseen, len(moves))
    return {
        "unseen_rate": None if interval is None else interval.estimate,
        "expected_unseen_rate": expected,
        "is_drifting": interval is not None and interval.low > max(expected, _FEW_UNSEEN),
        "known_beginnings_rate": float(np.isin(_beginnings(happened), _beginnings(known)).mean())
        if len(moves)
        else None,
    }


def _moves(sequences: StepSequences) -> Codes:
    rows = np.flatnonzero(sequences.cases.numbers() > 1)
    bits = np.uint64(bits_per_step(len(sequences.names)))
    return sequences.code[rows - 1] << bits | sequences.code[rows]


def _beginnings(sequences: StepSequences) -> Codes:
    """For each step but the first a number that stands for all steps of its case before it."""
    place = sequences.cases.numbers()
    total = np.cumsum(mixed(sequences.code << np.uint64(32) | place.astype(np.uint64)), dtype=np.uint64)
    first = sequences.cases.first
    before = np.where(first > 0, total[first - 1], np.uint64(0))
    rows = np.flatnonzero(place > 1)
    return total[rows - 1] - sequences.cases.spread(before)[rows]


def _drop_off_scores(
    known: StepSequences, sequences: StepSequences, moment: int, order: int, floor: float
) -> dict[str, object]:
    """How the probability to drop off, told at a moment, stands to what became of those who were open then."""
    told = drop_off_probabilities(known, moment, order, floor)
    following = np.flatnonzero(sequences.at < moment)[known.cases.last[open_cases(known)]] + 1
    is_decided = ~np.isin(following, np.append(sequences.cases.first, len(sequences.at)))
    told, dropped = told[is_decided], sequences.code[following[is_decided]] == len(sequences.names)
    if not len(told):
        return {"decided_count": 0, "drop_off_brier": None, "base_rate_brier": None}
    return {
        "decided_count": len(told),
        "drop_off_brier": float(np.mean((told - dropped) ** 2)),
        "base_rate_brier": float(dropped.mean() * (1 - dropped.mean())),
    }
