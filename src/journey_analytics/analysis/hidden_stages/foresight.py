"""Looking ahead: how well what came later was foretold, by a stage process and by the chain of the rules.

Both are fitted to what had been seen by a day, and judged by the density that they gave to everything after it: which
touchpoints came, when, and who stayed away. Only where the stage process is better beyond chance does it know more than
the rules.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from journey_analytics.analysis.hidden_stages.fitting import fit_stages
from journey_analytics.analysis.hidden_stages.gaps import PIECEWISE, Spans
from journey_analytics.analysis.hidden_stages.observations import Observations
from journey_analytics.analysis.hidden_stages.priors import prior_of_rules
from journey_analytics.analysis.hidden_stages.process import PACES, StageProcess
from journey_analytics.analysis.hidden_stages.rule_chain import fit_rule_chain
from journey_analytics.analysis.hidden_stages.seeing import see
from journey_analytics.analysis.hidden_stages.sequences import Codes, Floats, Sequences
from journey_analytics.analysis.intervals import Interval
from journey_analytics.analysis.ratios import mean_of_customers

LATER = 0.2
"""Share of the observations, the latest ones, that are kept for judging."""


@dataclass(frozen=True)
class Foresight:
    """How well a stage process and the rule chain foretold what came later; log-losses are in nats per touchpoint.

    Attributes:
        events_count: How many touchpoints came later.
        log_loss: Log-loss of the stage process.
        rule_log_loss: Log-loss of the rule chain.
        gain: How much less the stage process loses, with the interval that customers chosen anew would give.
    """

    events_count: int
    log_loss: float
    rule_log_loss: float
    gain: Interval

    @property
    def is_better(self) -> bool:
        """Whether the stage process foretells better, beyond chance."""
        return self.gain.low > 0.0


def split_day(observations: Observations) -> float:
    """The day after which the latest observations came."""
    return float(np.quantile(observations.day, 1.0 - LATER))


def compare_foresight(
    observations: Observations,
    rule_states: Codes,
    evidence: Floats,
    bounds: tuple[float, ...] = PIECEWISE,
    paces: tuple[float, ...] = PACES,
) -> Foresight:
    """Fit both to what had been seen by a day, and compare what they said of the time after it.

    Args:
        observations: Everything seen.
        rule_states: Stage of each observation by the rules, from 1; 0 as long as they have said nothing.
        evidence: How the rules spread each symbol (rows) over the stages (columns).
        bounds: Bounds of the spans of gaps.
        paces: Paces of customers.
    """
    day, spans = split_day(observations), Spans(bounds)
    earlier = observations.until(day)
    parts, states = earlier.sequences(), rule_states[observations.day <= day]
    process = fit_stages(parts, prior_of_rules(evidence, parts, spans, paces)).process
    chain = fit_rule_chain(
        parts, [states[part.row] for part in parts], evidence.shape[1] + 1, len(observations.symbols), spans
    )
    by_rules = _later(
        lambda part: chain.log_likelihoods(part, rule_states[part.row]),
        lambda part: chain.log_likelihoods(part, states[part.row]),
        observations,
        earlier,
    )
    by_process = later_log_likelihoods(process, observations, earlier)
    later = np.bincount(observations.customer[observations.day > day], minlength=observations.customers_count)
    total = max(int(later.sum()), 1)
    return Foresight(
        int(later.sum()),
        -float(by_process.sum()) / total,
        -float(by_rules.sum()) / total,
        mean_of_customers(by_process - by_rules, later) or Interval(0.0, 0.0, 0.0),
    )


def later_log_likelihoods(process: StageProcess, observations: Observations, earlier: Observations) -> Floats:
    """Logarithm of the density of each customer's later touchpoints and silence, given the earlier ones."""

    def log_likelihoods(part: Sequences) -> Floats:
        return see(process, part).log_likelihoods()

    return _later(log_likelihoods, log_likelihoods, observations, earlier)


def _later(
    of_all: Callable[[Sequences], Floats],
    of_earlier: Callable[[Sequences], Floats],
    observations: Observations,
    earlier: Observations,
) -> Floats:
    return _by_customer(of_all, observations.sequences(), observations) - _by_customer(
        of_earlier, earlier.sequences(), observations
    )


def _by_customer(of: Callable[[Sequences], Floats], parts: Sequence[Sequences], observations: Observations) -> Floats:
    found = np.zeros(observations.customers_count)
    for part in parts:
        found[part.customer] = of(part)
    return found
