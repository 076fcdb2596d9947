"""Small processes and observations drawn at random."""

import numpy as np

from journey_analytics.analysis.hidden_stages.gaps import Spans
from journey_analytics.analysis.hidden_stages.observations import Observations
from journey_analytics.analysis.hidden_stages.priors import allowed_moves
from journey_analytics.analysis.hidden_stages.process import StageProcess

SPANS = Spans((1.0, 4.0))


def random_process(rng: np.random.Generator, stages: int = 2, symbols: int = 3) -> StageProcess:
    """Stages, the machine state, and two paces."""
    move = rng.random((stages + 1, stages + 1)) * allowed_moves(stages)
    return StageProcess(
        stages_count=stages,
        start=rng.dirichlet(np.ones(stages + 1)),
        move=move / move.sum(axis=1, keepdims=True),
        drop=rng.uniform(0.05, 0.3, stages + 1),
        emission=rng.dirichlet(np.ones(symbols), stages + 1),
        rates=rng.uniform(0.1, 2.0, (stages + 1, SPANS.count)),
        spans=SPANS,
        paces=(0.5, 1.0),
        pace_shares=(0.3, 0.7),
    )


def random_observations(rng: np.random.Generator, lengths: list[int], symbols: int = 3) -> Observations:
    """Customers with so many touchpoints each."""
    customer = np.repeat(np.arange(len(lengths)), lengths)
    day = np.concatenate([np.cumsum(rng.exponential(2.0, length)) for length in lengths])
    names = tuple("abcdefgh"[:symbols])
    return Observations(customer, day, rng.integers(0, symbols, len(day)), names, len(lengths), float(day.max()) + 3.0)
