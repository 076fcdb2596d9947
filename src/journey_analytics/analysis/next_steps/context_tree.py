"""What follows a few last steps: a Markov chain whose memory is as long as it has seen (Witten and Bell 1991).

A context is a run of last steps packed into one integer, the latest in the lowest bits. Its distribution is that of
the next shorter context mixed with what was counted behind it, ``(count + different * shorter) / (all + different)``,
where ``different`` is how many different steps followed. Below the empty context all steps are equally likely.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.next_steps.step_sequences import Codes, StepSequences
from journey_analytics.arrays.segments import Segments, changes
from journey_analytics.arrays.sorting import counted
from journey_analytics.errors import UsageError

Probabilities = npt.NDArray[np.float64]
"""A row per context, a column per step."""

_BITS = 63
_CELLS_AT_A_TIME = 4_000_000


@dataclass(frozen=True)
class _Counts:
    """What followed the contexts of one length.

    Attributes:
        contexts: Those that were seen, ascending.
        followers: For each of them the entries of ``steps`` and ``counts``.
        steps: Codes of the steps that followed, from 0.
        counts: How often.
    """

    contexts: Codes
    followers: Segments
    steps: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]

    @cached_property
    def totals(self) -> npt.NDArray[np.int64]:
        """How often each context was followed by anything."""
        return np.add.reduceat(self.counts, self.followers.first) if len(self.followers) else self.counts


@dataclass(frozen=True)
class ContextTree:
    """Counts of what followed contexts of every length up to an order.

    Attributes:
        names: Names of steps.
        levels: For each length of context what was counted.
        floor: Share of every distribution that is spread evenly over all steps, so that none is impossible.
    """

    names: tuple[str, ...]
    levels: tuple[_Counts, ...]
    floor: float

    @property
    def order(self) -> int:
        """Length of the longest contexts."""
        return len(self.levels) - 1

    def shorter(self, order: int) -> "ContextTree":
        """The same with less memory."""
        return ContextTree(self.names, self.levels[: order + 1], self.floor)

    def distributions(self, contexts: Codes) -> Iterator[tuple[slice, Probabilities]]:
        """What follows contexts, some of them at a time; steps before the first one are zeros.

        Yields:
            Which of the contexts, and their distributions.
        """
        at_a_time = max(1, _CELLS_AT_A_TIME // len(self.names))
        for start in range(0, len(contexts), at_a_time):
            some = slice(start, start + at_a_time)
            yield some, self._mixed(contexts[some])

    def _mixed(self, contexts: Codes) -> Probabilities:
        size = len(self.names)
        found = np.full((len(contexts), size), 1 / size)
        for length, level in enumerate(self.levels):
            row, place = _places(level, contexts, length, bits_per_step(size))
            different = level.followers.lengths[place]
            weight = level.totals[place] + different
            found[row] *= (different / weight)[:, None]
            entries = _ranges(level.followers.first[place], different)
            of = np.repeat(np.arange(len(row)), different)
            found[row[of], level.steps[entries]] += level.counts[entries] / weight[of]
        return (1 - self.floor) * found + self.floor / size

    def support(self, contexts: Codes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """For each context how many of its last steps were seen together, and how often something followed them."""
        length_seen, count = np.zeros(len(contexts), np.int64), np.zeros(len(contexts), np.int64)
        for length, level in enumerate(self.levels):
            row, place = _places(level, contexts, length, bits_per_step(len(self.names)))
            length_seen[row], count[row] = length, level.totals[place]
        return length_seen, count


def bits_per_step(steps_count: int) -> int:
    """Bits that tell so many steps, and none, apart."""
    return steps_count.bit_length()


def longest_order(steps_count: int) -> int:
    """The most steps that a context can hold, with the one that follows."""
    return _BITS // bits_per_step(steps_count) - 1


def contexts_before(sequences: StepSequences, order: int) -> Codes:
    """For each step the steps of its case before it, as many as the order says; none before the first one."""
    bits = np.uint64(bits_per_step(len(sequences.names)))
    place = sequences.cases.numbers()
    found = np.zeros(len(sequences.code), dtype=np.uint64)
    for back in range(1, order + 1):
        before = np.zeros_like(found)
        before[back:] = sequences.code[:-back]
        before[place <= back] = 0
        found |= before << bits * np.uint64(back - 1)
    return found


def contexts_at_end(sequences: StepSequences, order: int) -> Codes:
    """For each case its last steps."""
    bits, last = np.uint64(bits_per_step(len(sequences.names))), sequences.cases.last
    found = contexts_before(sequences, order)[last] << bits | sequences.code[last]
    return found & np.uint64((1 << int(bits) * order) - 1)


def context_tree(sequences: StepSequences, order: int, floor: float = 0.0) -> ContextTree:
    """Count what follows what.

    The first step of a case follows nothing, and is not counted.

    Args:
        sequences: What happened, up to some moment.
        order: Length of the longest contexts.
        floor: Share of every distribution to spread evenly.

    Raises:
        UsageError: There are too many different steps for so long a memory.
    """
    size = len(sequences.names)
    if not 0 <= order <= longest_order(size):
        raise UsageError(
            f"A memory of {order} steps is too long for {size} different ones.",
            hint=f"Take at most {longest_order(size)}, or group rare steps under one name.",
        )
    bits = bits_per_step(size)
    contexts, place = contexts_before(sequences, order), sequences.cases.numbers()
    levels: list[_Counts] = []
    for length in range(order + 1):
        rows = place > max(length, 1)
        kept = np.uint64((1 << bits * length) - 1)
        packed = (contexts[rows] & kept) << np.uint64(bits) | sequences.code[rows]
        seen, counts = counted(packed)
        context = seen >> np.uint64(bits)
        followers = Segments.starting(changes(context))
        steps = (seen & np.uint64((1 << bits) - 1)).astype(np.int64) - 1
        levels.append(_Counts(context[followers.first], followers, steps, counts))
    return ContextTree(sequences.names, tuple(levels), floor)


def _places(
    level: _Counts, contexts: Codes, length: int, bits: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Which contexts, cut to a length, were seen, and where they stand."""
    cut = contexts & np.uint64((1 << bits * length) - 1)
    place = np.minimum(np.searchsorted(level.contexts, cut), max(0, len(level.contexts) - 1))
    is_long_enough = np.ones(len(cut), dtype=np.bool_) if length == 0 else cut >> np.uint64(bits * (length - 1)) > 0
    is_seen = is_long_enough & (level.contexts[place] == cut) if len(level.contexts) else np.zeros(len(cut), np.bool_)
    row = np.flatnonzero(is_seen)
    return row, place[row]


def _ranges(first: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The numbers of ranges one behind the other."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - (ends - lengths), lengths)
