"""Outlook: where entities in a stage end if they go on as those that are decided did, and which edge to improve.

The absorbing Markov chain of all decided moves, with intervals by customers drawn again. Source of the formulas:
Grinstead and Snell, "Introduction to Probability", section 11.2; of a change of one row Sherman and Morrison (1950).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from journey_analytics.analysis.bootstrap import REPLICATES, CustomerCounts, Floats, percentile_interval
from journey_analytics.analysis.paths.outcomes import OUTCOMES, outcome_numbers
from journey_analytics.analysis.paths.sequences import sequences_of
from journey_analytics.arrays.segments import Rows
from journey_analytics.arrays.sorting import counted
from journey_analytics.vocabulary import OUTCOME_NODES, START, Outcome

FEW = 30
"""Below so many moves out of a stage an estimate says little."""

MORE = 0.01
"""What an edge is improved by: one more of a hundred moves."""

_LEAK = 1e-12
_LEAST_DECIDED = 1 - 1e-6


@dataclass(frozen=True)
class Outlook:
    """What lies ahead.

    Attributes:
        stages: One row per stage, by name, and one for (start): ``stage``, ``moves_count`` (decided moves out of it),
            ``has_few`` (less than 30), ``completed_rate`` with ``completed_low``, ``completed_high``;
            ``drop_off_rate``, likewise; ``expected_moves`` until the outcome with ``expected_low``, ``expected_high``.
            Null where no decided entity shows a way to an outcome.
        improvements: One row per edge that was taken, largest gain first: ``from_stage``, ``to_stage``,
            ``moves_count``, ``move_rate``, ``gain_rate`` (by how much the completed share of all entities grows if one
            more of a hundred moves out of the stage goes this way, and one less in proportion each other way) with
            ``gain_low``, ``gain_high``.
    """

    stages: pl.DataFrame
    improvements: pl.DataFrame


def outlook(
    events: pl.DataFrame | pl.LazyFrame,
    *,
    outcome: str,
    goals: Collection[str] = (),
    entity: str = "journey_id",
    time: str = "entered_at",
    event: str = "stage",
    order: Sequence[str] = (),
    customer: str | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Outlook:
    """Estimate where entities end.

    Moves out of an undecided entity's last stage are left out of numerators and denominators: counting them as ends
    would inflate drop-off.

    Args:
        events: Stage visits, or any log of stages; rows without an entity, a time or a stage are left out.
        outcome: Column that says what became of the entity, ``completed``, ``dropped_off`` or ``open``, the same in all
            its rows; null is open.
        goals: Stages whose reaching completes an entity, whatever follows.
        entity: Column of the journey or case.
        time: Column of the time.
        event: Column of the stage.
        order: Columns that order events of the same time.
        customer: Column of the customer whom an entity belongs to; by default each entity is a customer.
        replicates: How often customers are drawn again; 0 for no intervals.
        seed: Of these draws.

    Raises:
        UsageError: A column is missing or of another kind, or an outcome is none.
    """
    found = sequences_of(events, entity=entity, time=time, event=event, order=order, customer=customer, facts=[outcome])
    became = outcome_numbers(found.facts[outcome])
    size = len(found.names)
    is_goal = np.isin(found.code, [number for number, name in enumerate(found.names) if name in goals])
    # What follows a goal says nothing of the way to it.
    reached = np.cumsum(is_goal) - is_goal
    is_kept = reached == found.entities.spread(reached[found.entities.first])
    target = np.full(len(found.code), -1, dtype=np.int64)
    target[found.followed] = found.code[found.followed + 1]
    target[found.entities.last] = size + became
    target[is_goal] = size + OUTCOMES.index(Outcome.COMPLETED)
    is_kept &= target < size + OUTCOMES.index(Outcome.OPEN)
    source = found.code[is_kept].astype(np.int64)
    edge, width = source * (size + 2) + target[is_kept], size * (size + 2) + size
    whose = found.customer[found.entity[is_kept]].astype(np.int64)
    starts = found.code[found.entities.first].astype(np.int64)
    begins = found.customer.astype(np.int64) * width + width - size + starts
    cells, count = counted(np.concatenate([whose * width + edge, begins]))
    counts = CustomerCounts(cells // max(1, width), cells % max(1, width), count, found.customers_count, width)
    return _told(found.names, counts.totals(), counts.resampled(replicates, seed))


@dataclass(frozen=True)
class _Solved:
    """Of each replicate and stage, the start last: probability of each outcome, expected moves; gains of all edges."""

    ends: Floats
    moves: Floats
    gains: Floats


def _solve(totals: Floats, size: int) -> _Solved:
    moves = totals[:, : size * (size + 2)].reshape(len(totals), size, size + 2)
    begins = totals[:, size * (size + 2) :]
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = np.nan_to_num(moves / moves.sum(axis=2, keepdims=True))
        begins = np.nan_to_num(begins / begins.sum(axis=1, keepdims=True))
    # A circle without a way out would have no solution; a leak gives it one, and it is told as not known.
    visits = np.linalg.solve(
        np.eye(size) - (1 - _LEAK) * steps[:, :, :size], np.broadcast_to(np.eye(size), steps[:, :, :size].shape)
    )
    ends = visits @ steps[:, :, size:]
    ends[ends.sum(axis=2) < _LEAST_DECIDED] = np.nan
    expected = np.where(np.isnan(ends[:, :, 0]), np.nan, visits.sum(axis=2))
    from_start = (begins[:, None, :] @ visits)[:, 0]
    completed = ends[:, :, 0]
    # Where an edge leads to: a stage, completed, dropped off.
    ahead = np.concatenate([completed, np.ones((len(totals), 1)), np.zeros((len(totals), 1))], axis=1)
    back = np.concatenate([visits, np.zeros((len(totals), 2, size))], axis=1)
    own = np.einsum("bii->bi", visits)
    shift = np.swapaxes(back, 1, 2) - own[:, :, None] + 1
    gains = MORE * from_start[:, :, None] * (ahead[:, None, :] - completed[:, :, None]) / (1 - MORE * shift)
    start_ends = np.einsum("bi,bij->bj", begins, np.nan_to_num(ends))
    start_moves = (begins * np.nan_to_num(expected)).sum(axis=1)
    none = np.where(begins.sum(axis=1) > 0, 0.0, np.nan)
    return _Solved(
        np.concatenate([ends, (start_ends + none[:, None])[:, None]], axis=1),
        np.concatenate([expected, (start_moves + none)[:, None]], axis=1),
        gains,
    )


def _told(names: list[str], totals: Floats, drawn: Floats) -> Outlook:
    size = len(names)
    seen, replicates = _solve(totals[None, :], size), _solve(drawn, size)
    moves = totals[: size * (size + 2)].reshape(size, size + 2)
    count = np.append(moves.sum(axis=1), totals[size * (size + 2) :].sum()).astype(np.int64)
    columns: dict[str, object] = {"stage": [*names, START], "moves_count": count, "has_few": count < FEW}
    figures = {
        "completed": (seen.ends[0, :, 0], replicates.ends[:, :, 0]),
        "drop_off": (seen.ends[0, :, 1], replicates.ends[:, :, 1]),
        "expected": (seen.moves[0], replicates.moves),
    }
    for name, (estimate, values) in figures.items():
        low, high = percentile_interval(values)
        columns |= {
            f"{name}_{'moves' if name == 'expected' else 'rate'}": estimate,
            f"{name}_low": low,
            f"{name}_high": high,
        }
    source, target = np.nonzero(moves)
    return Outlook(
        pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None)),
        _improvements(names, moves, source, target, seen.gains[0, source, target], replicates.gains[:, source, target]),
    )


def _improvements(
    names: list[str], moves: Floats, source: Rows, target: Rows, gain: Floats, drawn: Floats
) -> pl.DataFrame:
    low, high = percentile_interval(drawn)
    nodes = pl.Series([*names, OUTCOME_NODES[Outcome.COMPLETED], OUTCOME_NODES[Outcome.DROPPED_OFF]], dtype=pl.String)
    return (
        pl.DataFrame(
            {
                "from_stage": nodes.gather(source),
                "to_stage": nodes.gather(target),
                "moves_count": moves[source, target].astype(np.int64),
                "move_rate": moves[source, target] / moves.sum(axis=1)[source],
                "gain_rate": gain,
                "gain_low": low,
                "gain_high": high,
            }
        )
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .sort("gain_rate", "from_stage", "to_stage", descending=[True, False, False], nulls_last=True)
    )
