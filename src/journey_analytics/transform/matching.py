"""Which rules hold for which touchpoints, as bits of one number per touchpoint.

Conditions are asked in the order of what they cost: texts that are looked up, facts of the life and of the session so
far, what is looked at row by row, and exceptions only where the rule would match without them.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_

import numpy as np

from journey_analytics.arrays.segments import Flags
from journey_analytics.stage_model import (
    Condition,
    EntryCondition,
    FactCondition,
    KnownCondition,
    SessionCondition,
    UnlessCondition,
)
from journey_analytics.transform.conditions import (
    MOST_ALTERNATIVES,
    Bits,
    Needing,
    in_question,
    is_asked_by_row,
    keep_by_rows,
    keep_by_texts,
    needing,
)
from journey_analytics.transform.facts import Fact, Facts, told_by
from journey_analytics.transform.session_facts import session_holds

_FACTS_AT_A_TIME = 8


def holding(
    facts: Facts, alternatives: Sequence[Sequence[Condition]], asked: Flags, *, only_first: bool = False
) -> Bits:
    """Find which alternatives hold, all of whose conditions must; what is unknown does not hold.

    Args:
        facts: Touchpoints, and what is known of customers at each.
        alternatives: At most ``MOST_ALTERNATIVES``.
        asked: Which touchpoints are asked about; for others nothing holds.
        only_first: Whether it is enough to know the first alternative that holds: those behind one that is settled
            need not be looked at row by row.

    Returns:
        For each touchpoint a number; its bit i is set where alternative i holds, of those that were looked at.
    """
    needed = needing(alternatives)
    bits = in_question(len(alternatives), asked)
    keep_by_texts(bits, facts.touchpoints, needed)
    _keep_by_life(bits, facts, needed)
    _keep_by_session(bits, facts, needed)
    if only_first:
        _leave_out_settled(bits, needed)
    keep_by_rows(bits, facts.touchpoints, needed)
    exceptions = [condition for condition in needed if isinstance(condition, UnlessCondition)]
    for start in range(0, len(exceptions), MOST_ALTERNATIVES):
        _take_out(bits, facts, {one: needed[one] for one in exceptions[start : start + MOST_ALTERNATIVES]})
    return bits


def _keep_by_life(bits: Bits, facts: Facts, needed: Needing) -> None:
    """Eight facts at a time: one byte says at each touchpoint which of them hold, and a table what that leaves."""
    wanted: dict[Fact, dict[bool, int]] = {}
    for condition, alternatives in needed.items():
        if isinstance(condition, FactCondition | KnownCondition):
            fact, holds_with_it = told_by(condition)
            of_fact = wanted.setdefault(fact, {})
            of_fact[holds_with_it] = of_fact.get(holds_with_it, 0) | alternatives
    every = list(wanted.items())
    for start in range(0, len(every), _FACTS_AT_A_TIME):
        some = every[start : start + _FACTS_AT_A_TIME]
        holds = np.zeros(len(bits) + 1, dtype=np.uint8)
        left = np.full(1 << len(some), np.iinfo(bits.dtype).max, dtype=bits.dtype)
        for place, (fact, of_fact) in enumerate(some):
            # A fact's bit is turned over where a stretch begins and where it ends.
            for turns in facts.stretches(fact):
                holds[turns] ^= np.uint8(1 << place)
            is_set = np.arange(len(left)) & 1 << place != 0
            for holds_with_it, alternatives in of_fact.items():
                left[is_set != holds_with_it] &= ~bits.dtype.type(alternatives)
        np.bitwise_xor.accumulate(holds, out=holds)
        bits &= left.take(holds[:-1])


def _keep_by_session(bits: Bits, facts: Facts, needed: Needing) -> None:
    for condition, wanted in needed.items():
        if isinstance(condition, SessionCondition | EntryCondition):
            bits[~session_holds(facts.touchpoints, facts.sessions, condition)] &= ~bits.dtype.type(wanted)


def _leave_out_settled(bits: Bits, needed: Needing) -> None:
    """Take out of question, in place, what stands behind an alternative that already holds for certain."""
    costly = [wanted for one, wanted in needed.items() if isinstance(one, UnlessCondition) or is_asked_by_row(one)]
    if costly:
        settled = bits & ~bits.dtype.type(reduce(or_, costly))
        first = settled & -settled
        bits &= first | (first - bits.dtype.type(1))


def _take_out(bits: Bits, facts: Facts, exceptions: dict[UnlessCondition, int]) -> None:
    """Take rules out of question, in place, where one of their exceptions holds."""
    wanted = [bits.dtype.type(one) for one in exceptions.values()]
    asked = (bits & np.bitwise_or.reduce(wanted)) != 0
    excepted = holding(facts, [exception.conditions for exception in exceptions], asked)
    for index, rules in enumerate(wanted):
        bits[(excepted >> excepted.dtype.type(index)) & excepted.dtype.type(1) != 0] &= ~rules
