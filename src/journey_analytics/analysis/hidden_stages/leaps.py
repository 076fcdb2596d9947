"""Leaps: where a series of ever smaller steps is heading, so that a fit need not go there step by step.

Source: Varadhan and Roland, "Simple and globally convergent methods for accelerating the convergence of any EM
algorithm", Scandinavian Journal of Statistics 35 (2008), scheme S3. Probabilities are taken by their square roots, in
which a step of one length is as far to see everywhere; rates by their logarithms.
"""

from dataclasses import replace

import numpy as np

from journey_analytics.analysis.hidden_stages.process import StageProcess
from journey_analytics.analysis.hidden_stages.sequences import Floats


def leap(first: StageProcess, second: StageProcess, third: StageProcess) -> StageProcess:
    """Where two steps of a fit point to; the third process itself where they hardly differ."""
    points = [_point(process) for process in (first, second, third)]
    step = points[1] - points[0]
    bend = points[2] - points[1] - step
    if not (length := float(np.sqrt((bend**2).sum()))):
        return third
    reach = max(1.0, float(np.sqrt((step**2).sum())) / length)
    return _process(points[0] + 2.0 * reach * step + reach**2 * bend, third)


def _point(process: StageProcess) -> Floats:
    return np.concatenate([np.sqrt(part).ravel() for part in _probabilities(process)] + [np.log(process.rates).ravel()])


def _process(point: Floats, like: StageProcess) -> StageProcess:
    """The process at a point; what may not happen stays impossible."""
    parts = [*_probabilities(like), like.rates]
    cuts = np.cumsum([part.size for part in parts])[:-1]
    values = [value.reshape(part.shape) for value, part in zip(np.split(point, cuts), parts, strict=True)]
    start, move, drop, emission, paces = (
        np.where(part > 0, np.maximum(value**2, np.finfo(np.float64).tiny), 0.0)
        for value, part in zip(values[:-1], parts[:-1], strict=True)
    )
    return replace(
        like,
        start=start / start.sum(),
        move=move / move.sum(axis=1, keepdims=True),
        drop=drop[0] / drop.sum(axis=0),
        emission=emission / emission.sum(axis=1, keepdims=True),
        rates=np.exp(values[-1]),
        pace_shares=tuple((paces / paces.sum()).tolist()),
    )


def _probabilities(process: StageProcess) -> list[Floats]:
    drop = np.stack([process.drop, 1.0 - process.drop])
    return [process.start, process.move, drop, process.emission, np.array(process.pace_shares)]
