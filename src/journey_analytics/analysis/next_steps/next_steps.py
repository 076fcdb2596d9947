"""What customers do next: a step, or drop off, given what they did last and how long they have been silent."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.next_steps.context_tree import ContextTree, Probabilities, context_tree, contexts_at_end
from journey_analytics.analysis.next_steps.silences import silences_of
from journey_analytics.analysis.next_steps.step_sequences import StepSequences
from journey_analytics.arrays.segments import Rows

FLOOR = 0.01

_RANKS = ("likely", "second", "third")


def next_steps(
    sequences: StepSequences, order: int, *, learned: StepSequences | None = None, floor: float = FLOOR
) -> pl.DataFrame:
    """What customers whose last case has not ended do next.

    A variable-order Markov chain tells what follows the last steps; that nothing has followed yet makes it the likelier
    that nothing will.

    Args:
        sequences: What they did; of a long case the last steps will do.
        order: Length of memory, as ``next_step_scores`` found it best.
        learned: Whole cases of the same names to learn from, by default ``sequences``.
        floor: Share of every distribution that is spread evenly, so that no step is impossible.

    Returns:
        One row per such customer: ``customer``; ``likely_step``, ``second_step``, ``third_step``, each with its
        ``_probability`` (null where there are not so many); ``drop_off_probability``; ``memory_steps``: so many last
        steps had occurred together before, and ``memory_count``: so often did something follow them.

    Raises:
        UsageError: The memory is too long for so many different steps.

    Example:
        >>> from datetime import datetime
        >>> from journey_analytics.analysis.next_steps.step_sequences import step_sequences
        >>> log = pl.DataFrame({
        ...     "customer_id": ["ann", "ann", "ben"],
        ...     "event_type": ["view", "buy", "view"],
        ...     "occurred_at": [datetime(2026, 1, day) for day in (1, 2, 2)],
        ... })
        >>> from datetime import timedelta
        >>> found = next_steps(step_sequences(log, lapse_after=timedelta(days=30)), order=1)
        >>> found.select("customer", "likely_step", "memory_count").rows()
        [('ann', 'buy', 1), ('ben', 'buy', 1)]
    """
    cases = open_cases(sequences)
    ranked = min(len(_RANKS), len(sequences.names))
    steps, probabilities = np.empty((len(cases), ranked), dtype=np.int64), np.empty((len(cases), ranked))
    drop_off = np.empty(len(cases))
    tree = context_tree(learned or sequences, order, floor)
    contexts = contexts_at_end(sequences, order)[cases]
    for some, found in _told(tree, learned or sequences, sequences, sequences.until):
        steps[some] = np.argsort(-found, axis=1, kind="stable")[:, :ranked]
        probabilities[some] = np.take_along_axis(found, steps[some], axis=1)
        drop_off[some] = found[:, -1]
    names = pl.Series(sequences.names)
    memory, count = tree.support(contexts)
    customer = sequences.customer[sequences.cases.last[cases]]
    columns: dict[str, pl.Series | npt.NDArray[np.float64] | None] = {"customer": sequences.customers.gather(customer)}
    for place, rank in enumerate(_RANKS):
        is_there = place < ranked
        columns[f"{rank}_step"] = names.gather(steps[:, place]) if is_there else None
        columns[f"{rank}_probability"] = probabilities[:, place] if is_there else None
    return pl.DataFrame(columns).with_columns(drop_off_probability=drop_off, memory_steps=memory, memory_count=count)


def drop_off_probabilities(sequences: StepSequences, moment: int, order: int, floor: float) -> npt.NDArray[np.float64]:
    """For each of ``open_cases`` how likely no step follows, as told at a moment."""
    told = _told(context_tree(sequences, order, floor), sequences, sequences, moment)
    return np.concatenate([np.zeros(0), *(found[:, -1] for _, found in told)])


def open_cases(sequences: StepSequences) -> Rows:
    """The last case of each customer, where no drop-off has ended it."""
    ends = sequences.cases.last
    is_last = np.diff(sequences.customer[ends], append=-1) != 0
    return np.flatnonzero(is_last & (sequences.code[ends] < len(sequences.names)))


def _told(
    tree: ContextTree, learned: StepSequences, sequences: StepSequences, moment: int
) -> Iterator[tuple[slice, Probabilities]]:
    """What follows each of ``open_cases``, some at a time, given that nothing has followed up to a moment.

    A step would have had to come later than that, a drop-off comes last.
    """
    cases = open_cases(sequences)
    ends = sequences.cases.last[cases]
    silent = silences_of(learned).still_silent(sequences.code[ends], moment - sequences.at[ends])
    for some, found in tree.distributions(contexts_at_end(sequences, tree.order)[cases]):
        found[:, :-1] *= silent[some, None]
        yield some, found / found.sum(axis=1, keepdims=True)
