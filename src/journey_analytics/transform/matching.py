"""Which rules hold for which touchpoints, as bits of one number per touchpoint.

Conditions are asked in the order of what they cost: texts that are looked up, facts of the life and of the session so
far, what is looked at row by row, and exceptions only where the rule would match without them.
"""

from collections.abc import Sequence

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
    keep_by_rows,
    keep_by_texts,
    needing,
)
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.session_facts import session_holds


def holding(facts: Facts, alternatives: Sequence[Sequence[Condition]], asked: Flags) -> Bits:
    """Find which alternatives hold, all of whose conditions must; what is unknown does not hold.

    Args:
        facts: Touchpoints, and what is known of customers at each.
        alternatives: At most ``MOST_ALTERNATIVES``.
        asked: Which touchpoints are asked about; for others nothing holds.

    Returns:
        For each touchpoint a number; its bit i is set where alternative i holds.
    """
    needed = needing(alternatives)
    bits = in_question(len(alternatives), asked)
    keep_by_texts(bits, facts.touchpoints, needed)
    _keep_by_facts(bits, facts, needed)
    keep_by_rows(bits, facts.touchpoints, needed)
    exceptions = [condition for condition in needed if isinstance(condition, UnlessCondition)]
    for start in range(0, len(exceptions), MOST_ALTERNATIVES):
        _take_out(bits, facts, {one: needed[one] for one in exceptions[start : start + MOST_ALTERNATIVES]})
    return bits


def _keep_by_facts(bits: Bits, facts: Facts, needed: Needing) -> None:
    every = np.iinfo(bits.dtype).max
    for condition, wanted in needed.items():
        match condition:
            case FactCondition() | KnownCondition():
                held = facts.hold(condition)
            case SessionCondition() | EntryCondition():
                held = session_holds(facts.touchpoints, facts.sessions, condition)
            case _:
                continue
        bits &= np.where(held, bits.dtype.type(every), bits.dtype.type(every & ~wanted))


def _take_out(bits: Bits, facts: Facts, exceptions: dict[UnlessCondition, int]) -> None:
    """Take rules out of question, in place, where one of their exceptions holds."""
    wanted = [bits.dtype.type(one) for one in exceptions.values()]
    asked = (bits & np.bitwise_or.reduce(wanted)) != 0
    excepted = holding(facts, [exception.conditions for exception in exceptions], asked)
    for index, rules in enumerate(wanted):
        bits[(excepted >> excepted.dtype.type(index)) & excepted.dtype.type(1) != 0] &= ~rules
