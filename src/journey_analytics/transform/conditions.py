"""What an event says itself: each field leaves some rules in question, as bits of one number per touchpoint.

A field of texts is looked up: for each text that occurs there is a number with the bits of the rules that allow it.
What has to be looked at row by row (addresses, properties, amounts) is looked at last, and only where a rule that asks
for it is still in question.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.segments import Flags
from journey_analytics.stage_model import (
    Comparison,
    Condition,
    EventCondition,
    NumberCondition,
    PropertyCondition,
    TextCondition,
)
from journey_analytics.transform.asked_texts import asked_texts, column_of, is_looked_up, literals_of
from journey_analytics.transform.patterns import path_matches, text_matches
from journey_analytics.transform.rule_columns import property_column
from journey_analytics.transform.touchpoints import Touchpoints

Bits = npt.NDArray[np.unsignedinteger]

MOST_ALTERNATIVES = 64
"""As many as one number has bits."""

Needing = Mapping[Condition, int]
"""Conditions, each with the bits of the alternatives that need it."""


def is_asked_by_row(condition: Condition) -> bool:
    """Whether it is looked at row by row."""
    return isinstance(condition, EventCondition) and not is_looked_up(condition)


def needing(alternatives: Sequence[Sequence[Condition]]) -> dict[Condition, int]:
    """Which alternatives need which conditions."""
    found: dict[Condition, int] = {}
    for index, conditions in enumerate(alternatives):
        for condition in conditions:
            found[condition] = found.get(condition, 0) | 1 << index
    return found


def in_question(alternatives: int, asked: Flags) -> Bits:
    """Bits of so many alternatives, all of them set where touchpoints are asked about."""
    every = (1 << alternatives) - 1
    dtype = np.min_scalar_type(every)
    return np.where(asked, dtype.type(every), dtype.type(0))


def says(touchpoints: Touchpoints, conditions: Sequence[EventCondition], asked: Flags) -> Flags:
    """For each touchpoint that is asked about whether it says all of this itself."""
    needed = needing([conditions])
    bits = in_question(1, asked)
    keep_by_texts(bits, touchpoints, needed)
    keep_by_rows(bits, touchpoints, needed)
    return bits.astype(np.bool_)


def keep_by_texts(bits: Bits, touchpoints: Touchpoints, needed: Needing) -> None:
    """Take out of question, in place, what a field of few texts rules out."""
    for field in sorted(asked_texts(needed).coded):
        _keep_by_text(bits, touchpoints, field, needed)


def keep_by_rows(bits: Bits, touchpoints: Touchpoints, needed: Needing) -> None:
    """Take out of question, in place, what addresses, properties and amounts rule out."""
    for condition, wanted in needed.items():
        if isinstance(condition, EventCondition) and is_asked_by_row(condition):
            _keep_by_row(bits, touchpoints, condition, bits.dtype.type(wanted))


def _keep_by_text(bits: Bits, touchpoints: Touchpoints, field: str, needed: Needing) -> None:
    found = touchpoints.coded(field)
    every = np.iinfo(bits.dtype).max
    allowed = np.full(len(found.texts), every, dtype=bits.dtype)
    for condition, wanted in needed.items():
        if isinstance(condition, TextCondition) and condition.field == field:
            held = found.asked(condition, lambda texts, condition=condition: _hold(texts, condition))
            allowed[~held] &= bits.dtype.type(every & ~wanted)
    bits &= allowed.take(found.codes)


def _keep_by_row(bits: Bits, touchpoints: Touchpoints, condition: EventCondition, wanted: np.unsignedinteger) -> None:
    column = _column(condition)
    if touchpoints.is_unknown(column):
        bits &= ~wanted
        return
    asked = np.flatnonzero((bits & wanted) != 0)
    likely = asked
    if isinstance(condition, TextCondition):
        likely = touchpoints.having_literal(column, literals_of(condition), asked)
    kept = likely[_hold(touchpoints.values(column, likely), condition)]
    as_they_were = bits[kept]
    bits[asked] &= ~wanted
    bits[kept] = as_they_were


def _column(condition: EventCondition) -> str:
    match condition:
        case PropertyCondition(path):
            return property_column(path)
        case TextCondition():
            return column_of(condition)
        case NumberCondition(field):
            return field


def _hold(values: pl.Series, condition: EventCondition) -> Flags:
    """For each value whether it meets the condition; null does not."""
    match condition:
        case NumberCondition(_, Comparison() as comparison) | PropertyCondition(_, _, Comparison() as comparison):
            found = comparison.compare(values.cast(pl.Float64, strict=False))
        case TextCondition("page_path", patterns):
            found = path_matches(values.cast(pl.String), patterns)
        case TextCondition(_, patterns) | PropertyCondition(_, patterns):
            found = text_matches(values.cast(pl.String), patterns)
    return found.fill_null(value=False).to_numpy()
