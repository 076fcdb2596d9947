"""Removal effects: how many conversions a Markov chain of touches loses without a channel, solved exactly.

A state is the last k channels of a path, or the whole path while it is shorter. Paths begin at a start, end with a
conversion or without one, and each step has the probability with which it was seen. Without a channel, whoever would
come to a state that holds it converts no more. Source: Anderl, Becker, von Wangenheim, Schumann, "Mapping the customer
journey" (2016), here with the linear system instead of a simulation.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from journey_analytics.analysis.attribution.touch_paths import ConversionPaths
from journey_analytics.analysis.bootstrap import CustomerCounts, Floats
from journey_analytics.arrays.segments import Flags, Rows, Segments
from journey_analytics.arrays.sorting import counted, numbered

_MOST_DENSE = 400
_CELLS_AT_ONCE = 8_000_000


@dataclass(frozen=True)
class PathChain:
    """States of paths, and what each customer contributed to the chain.

    Attributes:
        holds: Whether each state (rows) holds each channel (columns).
        source: State that each edge leaves.
        target: State that it enters.
        counts: Columns: edges; then, per state, paths that start there, conversions from there, their value, paths that
            end there without.
    """

    holds: Flags
    source: Rows
    target: Rows
    counts: CustomerCounts

    @property
    def is_small(self) -> bool:
        """Whether there are few enough states to solve for every replicate."""
        return len(self.holds) <= _MOST_DENSE


def path_chain(paths: ConversionPaths, order: int) -> PathChain:
    """Make the chain of some order from paths."""
    weight = paths.conversions + paths.nulls
    is_kept = weight > 0
    weight = weight[is_kept]
    code = paths.code[paths.paths.spread(is_kept)].astype(np.int64) + 1
    lengths = paths.paths.lengths[is_kept]
    own = Segments(np.cumsum(lengths) - lengths, len(code))
    place = own.numbers()
    base, gram = len(paths.names) + 1, code.copy()
    for step in range(1, order):
        gram += np.where(place > step, np.roll(code, step), 0) * base**step
    is_state = (place >= order) | (place == own.spread(lengths))
    states, _ = counted(gram[is_state])
    state = np.searchsorted(states, gram[is_state])
    sizes = own.counts(is_state).astype(np.int64)
    chain = Segments(np.cumsum(sizes) - sizes, len(state))
    path = chain.spread(np.arange(len(sizes)))
    followed = np.flatnonzero(path[1:] == path[:-1])
    edges, number = numbered(state[followed] * max(1, len(states)) + state[followed + 1])
    first, last, size = state[chain.first], state[chain.last], len(states)
    ends = len(edges) + np.arange(1, 4)[:, None] * size + last
    counts = CustomerCounts(
        paths.customer[is_kept][np.concatenate([path[followed], np.tile(np.arange(len(sizes)), 4)])],
        np.concatenate([number, len(edges) + first, ends.ravel()]),
        np.concatenate(
            [
                weight[path[followed]],
                weight,
                *(own[is_kept] for own in (paths.conversions, paths.values, paths.nulls)),
            ]
        ),
        paths.customers_count,
        len(edges) + 4 * size,
    )
    held = np.stack([states // base**step % base for step in range(order)], axis=1)
    holds = (held[:, :, None] == np.arange(1, base)).any(axis=1)
    return PathChain(holds, edges // max(1, size), edges % max(1, size), counts)


@dataclass(frozen=True)
class RemovalEffects:
    """What is lost without each channel: one row per row of totals, one column per channel.

    Attributes:
        conversion: Part of the conversions.
        value: Part of their value.
        conversion_rate: Probability of a conversion from the start, with all channels.
    """

    conversion: Floats
    value: Floats
    conversion_rate: Floats


def removal_effects(chain: PathChain, totals: Floats) -> RemovalEffects:
    """Removal effects for totals of the chain's counts.

    Args:
        chain: Its states and edges.
        totals: One row per replicate, as ``CustomerCounts.resampled`` gives them.
    """
    size = len(chain.holds)
    at_once = max(1, _CELLS_AT_ONCE // max(1, size * size))
    parts = [_effects(chain, totals[start : start + at_once]) for start in range(0, len(totals), at_once)]
    return RemovalEffects(
        *(
            np.concatenate([np.zeros((0, *shape)), *(part[index] for part in parts)])
            for index, shape in enumerate(((chain.holds.shape[1],), (chain.holds.shape[1],), ()))
        )
    )


def _effects(chain: PathChain, totals: Floats) -> tuple[Floats, Floats, Floats]:
    size, edges = len(chain.holds), len(chain.source)
    edge, (start, conversion, value, null) = totals[:, :edges], np.split(totals[:, edges:], 4, axis=1)
    leaving = conversion + null
    for replicate, own in enumerate(edge):
        leaving[replicate] += np.bincount(chain.source, weights=own, minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        rewards = np.nan_to_num(np.stack([conversion, value], axis=2) / leaving[:, :, None])
        steps = np.nan_to_num(edge / leaving[:, chain.source])
        begins = start / start.sum(axis=1, keepdims=True)
        whole, without = (_dense if chain.is_small else _sparse)(chain, steps, rewards, begins)
        effects = 1 - without / whole[:, None]
    return effects[:, :, 0], effects[:, :, 1], whole[:, 0]


def _dense(chain: PathChain, steps: Floats, rewards: Floats, begins: Floats) -> tuple[Floats, Floats]:
    """What is reached from the start, probability of a conversion and value: at all, and without each channel.

    Visits to each state are found once. What goes through states of a channel is then taken off: it is what is reached
    from those that are the first of the channel.
    """
    size, channels = chain.holds.shape
    system = np.zeros((len(steps), size, size))
    system[:, chain.source, chain.target] = -steps
    system[:, np.arange(size), np.arange(size)] += 1
    visits = np.linalg.solve(system, np.broadcast_to(np.eye(size), system.shape))
    ahead, visited = visits @ rewards, (begins[:, None] @ visits)[:, 0]
    whole = (begins[:, :, None] * ahead).sum(axis=1)
    without = np.empty((len(steps), channels, rewards.shape[2]))
    for channel in range(channels):
        held = np.flatnonzero(chain.holds[:, channel])
        from_held = np.linalg.solve(visits[:, held[:, None], held], ahead[:, held])
        without[:, channel] = whole - (visited[:, held, None] * from_held).sum(axis=1)
    return whole, without


def _sparse(chain: PathChain, steps: Floats, rewards: Floats, begins: Floats) -> tuple[Floats, Floats]:
    """The same where visits of every state to every other would fill the memory."""
    whole = _reached(chain, steps, rewards, begins, np.ones(len(chain.holds), dtype=np.bool_))
    return whole, np.stack([_reached(chain, steps, rewards, begins, ~held) for held in chain.holds.T], axis=1)


def _reached(chain: PathChain, steps: Floats, rewards: Floats, begins: Floats, kept: Flags) -> Floats:
    """Probability of a conversion, and value to be expected, from the start through some of the states alone."""
    size = int(kept.sum())
    if not size:
        return np.zeros((len(steps), rewards.shape[2]))
    number = np.cumsum(kept) - 1
    inside = kept[chain.source] & kept[chain.target]
    source, target = number[chain.source[inside]], number[chain.target[inside]]

    def solved(own: Floats, reward: Floats) -> Floats:
        moves = sparse.coo_array((own[inside], (source, target)), shape=(size, size))
        return splu((sparse.eye_array(size) - moves).tocsc()).solve(reward[kept])

    ahead = np.stack([solved(own, reward) for own, reward in zip(steps, rewards, strict=True)])
    return (begins[:, kept, None] * ahead).sum(axis=1)
