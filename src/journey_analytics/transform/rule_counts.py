"""How often the rules of a model match and take interactions, and which interactions none takes."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.stage_model import StageModel
from journey_analytics.transform.conditions import MOST_ALTERNATIVES
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.matching import holding
from journey_analytics.transform.stages import first_rule

UNTAKEN_COLUMNS = ("channel", "event_type")


@dataclass(frozen=True)
class RuleCounts:
    """Counts of interactions; those of several parts are added up.

    Attributes:
        interactions_count: All of them.
        takers: For each rule (row) how many of the interactions that it matches each rule (column) takes; what a rule
            itself takes stands on the diagonal.
        untaken: ``channel``, ``event_type``, ``interactions_count`` of what no rule takes.
        event_types: Event types that occur.
    """

    interactions_count: int
    takers: npt.NDArray[np.int64]
    untaken: pl.DataFrame
    event_types: frozenset[str]

    def __add__(self, other: Self) -> "RuleCounts":
        untaken = pl.concat([self.untaken, other.untaken]).group_by(UNTAKEN_COLUMNS).agg(pl.all().sum())
        return RuleCounts(
            self.interactions_count + other.interactions_count,
            self.takers + other.takers,
            untaken,
            self.event_types | other.event_types,
        )


def count_rules(facts: Facts, model: StageModel) -> RuleCounts:
    """Count the interactions of some customers."""
    touchpoints, rules = facts.touchpoints, model.rules
    taker, asked = first_rule(facts, rules), touchpoints.is_interaction
    takers = np.zeros((len(rules), len(rules)), dtype=np.int64)
    for start in range(0, len(rules), MOST_ALTERNATIVES):
        some = rules[start : start + MOST_ALTERNATIVES]
        bits = holding(facts, [rule.conditions for rule in some], asked)
        for place in range(len(some)):
            held = (bits >> bits.dtype.type(place)) & bits.dtype.type(1) != 0
            takers[start + place] = np.bincount(taker[held], minlength=len(rules))
    untaken = np.flatnonzero(asked & (taker == len(rules)))
    found = pl.DataFrame({name: touchpoints.values(name, untaken).cast(pl.String) for name in UNTAKEN_COLUMNS})
    types = touchpoints.event_type
    return RuleCounts(
        int(asked.sum()),
        takers,
        found.group_by(UNTAKEN_COLUMNS).agg(pl.len().cast(pl.Int64).alias("interactions_count")),
        frozenset(types.texts.gather(np.unique(types.codes)).drop_nulls().to_list()),
    )
