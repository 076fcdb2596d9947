"""The stage process: how customers go from stage to stage, what they do there, how often, and when they are gone.

After each touchpoint a customer drops off, with a probability of the stage, or goes on to a stage, the same or another;
the gap until the next touchpoint and what it is depend on the stage gone to. The silence up to the watermark is either
a drop-off or a gap that has not ended yet. Customers differ in pace, which divides all of their gaps. What runs on its
own, crawlers above all, would be taken for a stage; so there may be one more state for it, left and entered by nobody.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from journey_analytics.analysis.hidden_stages.gaps import Spans
from journey_analytics.analysis.hidden_stages.sequences import Floats

ONE_PACE = (1.0,)
PACES = (0.4, 1.0, 2.5)
"""Slow, usual and quick customers."""


@dataclass(frozen=True)
class StageProcess:
    """A stage process, in probabilities and in rates per day. States are the stages and perhaps the machine state.

    Attributes:
        stages_count: How many stages there are; a state beyond them is that of machines.
        start: Probability of each state at the first touchpoint.
        move: Probability of the next state (columns) given the present one (rows), of those who go on.
        drop: Probability of each state of dropping off after a touchpoint.
        emission: Probability of each symbol (columns) in each state (rows).
        rates: Rate of coming back in each state (rows) and each span of time since the last touchpoint (columns), at
            the usual pace; none at all where time is not looked at.
        spans: These spans.
        paces: By how much customers of each pace come more often.
        pace_shares: Share of the customers of each pace.
    """

    stages_count: int
    start: Floats
    move: Floats
    drop: Floats
    emission: Floats
    rates: Floats
    spans: Spans
    paces: tuple[float, ...] = ONE_PACE
    pace_shares: tuple[float, ...] = (1.0,)

    @property
    def states_count(self) -> int:
        """How many states there are."""
        return len(self.start)

    @cached_property
    def step(self) -> Floats:
        """Probability of going on to each state (columns) after a touchpoint in each state (rows)."""
        return (1.0 - self.drop)[:, None] * self.move

    @property
    def start_by_pace(self) -> Floats:
        """Probability of each pace and state at the first touchpoint, pace by pace."""
        return np.outer(self.pace_shares, self.start).ravel()

    def by_pace(self, of_states: Floats) -> Floats:
        """What is known of states, once for each pace."""
        return np.concatenate([of_states] * len(self.paces))

    def without_gaps(self) -> "StageProcess":
        """The same process, blind to time: gaps tell nothing, and neither does the silence at the end."""
        return replace(self, rates=np.zeros((self.states_count, 0)), paces=ONE_PACE, pace_shares=(1.0,))

    def of_paces(self, probabilities: Floats) -> Floats:
        """Probability of each pace (rows), from those of all states of all paces."""
        return probabilities.reshape(len(self.paces), self.states_count, -1).sum(axis=1)

    def of_states(self, probabilities: Floats) -> Floats:
        """Probability of each state (rows), whatever the pace, from those of all states of all paces."""
        return probabilities.reshape(len(self.paces), self.states_count, -1).sum(axis=0)

    def of_stages(self, probabilities: Floats) -> Floats:
        """Probability of each stage (rows), of a person, from those of all states of all paces."""
        persons = self.of_states(probabilities)[: self.stages_count]
        return persons / np.maximum(persons.sum(axis=0), np.finfo(np.float64).tiny)
