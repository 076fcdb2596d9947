"""Stages: the first rule of a stage model that holds for an interaction gives it its stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.segments import Flags, Rows, carried
from journey_analytics.stage_model import Rule, StageModel
from journey_analytics.transform.conditions import MOST_ALTERNATIVES
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.matching import holding
from journey_analytics.transform.table_columns import times
from journey_analytics.transform.touchpoints import Touchpoints
from journey_analytics.vocabulary import UNMAPPED

Codes = npt.NDArray[np.unsignedinteger]


@dataclass(frozen=True)
class Stages:
    """Stages of touchpoints, by one model, as places in the model's lists.

    Attributes:
        model: The stage model.
        rule: The first rule that holds for an interaction, also one that leaves the event out on purpose; the number of
            rules where there is none.
        mapped: Stage that the rule gives; the number of stages where there is none.
        current: The last mapped stage of the customer up to this touchpoint; the number of stages before it.
    """

    model: StageModel
    rule: Codes
    mapped: Codes
    current: Codes

    @property
    def none(self) -> int:
        """What stands in ``mapped`` and ``current`` for no stage."""
        return len(self.model.stages)

    @cached_property
    def is_mapped(self) -> Flags:
        """Whether a rule gave the touchpoint a stage."""
        return self.mapped != self.none

    def names(self, codes: Codes) -> pl.Series:
        """Names of stages; null for none."""
        return pl.Series([*self.model.stage_names, None], dtype=pl.String).gather(codes)


def find_stages(facts: Facts, model: StageModel) -> Stages:
    """Find the stages of touchpoints; rules are asked about interactions only."""
    touchpoints = facts.touchpoints
    rule = first_rule(facts, model.rules)
    places = {name: place for place, name in enumerate(model.stage_names)}
    none = len(places)
    of_rule = [places.get(rule.stage, none) for rule in model.rules]
    mapped = np.array([*of_rule, none], dtype=np.min_scalar_type(none)).take(rule)
    known = mapped != none
    known[touchpoints.customers.first] = True
    return Stages(model, rule, mapped, carried(mapped, known))


def first_rule(facts: Facts, rules: Sequence[Rule]) -> Codes:
    """For each touchpoint the place of the first rule that holds; the number of rules where there is none."""
    found = np.zeros(len(facts.touchpoints), dtype=np.min_scalar_type(len(rules)))
    for start in range(0, len(rules), MOST_ALTERNATIVES):
        some = [rule.conditions for rule in rules[start : start + MOST_ALTERNATIVES]]
        is_open = found == start
        bits = holding(facts, some, facts.touchpoints.is_interaction & is_open, only_first=True)
        # The ones below the lowest bit that is set are as many as there are rules before the first that holds.
        place = np.minimum(np.bitwise_count((bits & -bits) - bits.dtype.type(1)), len(some))
        np.add(found, place, out=found, where=is_open, casting="unsafe")
    return found


def stage_columns(touchpoints: Touchpoints, stages: Stages) -> pl.DataFrame:
    """Names for tables, as enumerations, a row for each touchpoint.

    Returns:
        ``stage``: the mapped stage, ``(unmapped)`` for an interaction without one, and for other events the last mapped
        stage of the customer, null before it; and ``rule_id``.
    """
    unmapped = stages.none + 1
    code = np.where(touchpoints.is_interaction & ~stages.is_mapped, unmapped, stages.current)
    names = pl.Enum([*stages.model.stage_names, UNMAPPED])
    rules = pl.Enum([rule.rule_id for rule in stages.model.rules])
    return pl.DataFrame(
        {
            "stage": pl.Series([*stages.model.stage_names, None, UNMAPPED], dtype=names).gather(code),
            "rule_id": pl.Series([*rules.categories, None], dtype=rules).gather(stages.rule),
        }
    )


def matching_rules(facts: Facts, rules: Sequence[Rule]) -> pl.DataFrame:
    """Which rules hold for which touchpoints, whichever wins, also for events that are no interactions.

    Returns:
        ``event_key`` and one boolean column per rule.
    """
    everything = np.ones(len(facts.touchpoints), dtype=np.bool_)
    found = {rule.rule_id: holding(facts, [rule.conditions], everything).astype(np.bool_) for rule in rules}
    return pl.DataFrame({"event_key": facts.touchpoints.event_key, **found})


def conversions(facts: Facts, model: StageModel) -> pl.DataFrame:
    """Events that the model declares conversions.

    Returns:
        ``conversion``, ``event_key``, ``customer_key``, ``occurred_at``: each customer's first, or every one.
    """
    touchpoints = facts.touchpoints
    found = [_conversion_rows("", touchpoints, np.zeros(0, dtype=np.int64))]
    for conversion in model.conversions:
        rows = np.flatnonzero(holding(facts, [conversion.conditions], touchpoints.is_interaction))
        if conversion.counts == "first":
            first = np.searchsorted(rows, touchpoints.customers.first)
            end = np.searchsorted(rows, touchpoints.customers.end)
            rows = rows[first[first < end]]
        found.append(_conversion_rows(conversion.name, touchpoints, rows))
    return pl.concat(found)


def _conversion_rows(name: str, touchpoints: Touchpoints, rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "conversion": pl.repeat(name, len(rows), dtype=pl.String, eager=True),
            "event_key": touchpoints.event_key[rows],
            "customer_key": touchpoints.customer_key[rows],
            "occurred_at": times(touchpoints.at[rows]),
        }
    )
