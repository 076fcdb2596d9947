"""Stages as rules by symbol give them: the plain ways that a stage process is put beside."""

import numpy as np

from journey_analytics.analysis.hidden_stages.observations import Observations
from journey_analytics.analysis.hidden_stages.sequences import Codes, Floats


def said(evidence: Floats, observations: Observations) -> Codes:
    """The stage that the rules think likeliest of each observation alone; -1 where they say nothing."""
    of_symbol = np.where(evidence.sum(axis=1) > 0, evidence.argmax(axis=1), -1)
    return of_symbol[observations.symbol]


def alone(stages: Codes) -> Codes:
    """Each observation by itself; the first stage where the rules say nothing."""
    return np.maximum(stages, 0)


def last_said(stages: Codes, observations: Observations) -> Codes:
    """The last stage that the rules gave the customer up to each observation; -1 before it."""
    place = np.maximum.accumulate(np.where(stages >= 0, np.arange(len(stages)), -1))
    start = np.repeat(observations.first, np.diff(observations.first, append=len(observations)))
    return np.where(place >= start, stages[place], -1)


def furthest_said(stages: Codes, observations: Observations) -> Codes:
    """The furthest stage that the rules gave the customer up to each observation; the first before it."""
    above = int(stages.max(initial=0)) + 1
    return np.maximum.accumulate(alone(stages) + above * observations.customer) % above
