"""Which rules hold for which touchpoints: each field leaves some of them, as bits of one number per touchpoint.

A field of texts is looked up: for each text that occurs there is a number with the bits of the rules that allow it.
What has to be looked at row by row (addresses, properties, amounts) is looked at last, and only where a rule that asks
for it is still in question.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.segments import Flags
from journey_analytics.stage_model import (
    Comparison,
    Condition,
    FactCondition,
    NumberCondition,
    PropertyCondition,
    TextCondition,
)
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.touchpoints import Touchpoints

Bits = npt.NDArray[np.unsignedinteger]

MOST_ALTERNATIVES = 64
"""As many as one number has bits."""

_MANY_VALUED = ("page_url", "referrer")


def coded_fields(conditions: Iterable[Condition]) -> set[str]:
    """Fields that are looked up by their texts."""
    return {condition.field for condition in conditions if _is_looked_up(condition)}  # type: ignore[union-attr]


def _is_looked_up(condition: Condition) -> bool:
    return isinstance(condition, TextCondition) and condition.field not in _MANY_VALUED


def holding(touchpoints: Touchpoints, alternatives: Sequence[Sequence[Condition]], asked: Flags) -> Bits:
    """Find which alternatives hold, all of whose conditions must; what is unknown does not hold.

    Args:
        touchpoints: Touchpoints.
        alternatives: At most ``MOST_ALTERNATIVES``.
        asked: Which touchpoints are asked about; for others nothing holds.

    Returns:
        For each touchpoint a number; its bit i is set where alternative i holds.
    """
    needing: dict[Condition, int] = {}
    for index, conditions in enumerate(alternatives):
        for condition in conditions:
            needing[condition] = needing.get(condition, 0) | 1 << index
    every = (1 << len(alternatives)) - 1
    dtype = np.min_scalar_type(every)
    bits = np.where(asked, dtype.type(every), dtype.type(0))
    for field in sorted(coded_fields(needing)):
        _keep_by_text(bits, touchpoints, field, needing)
    facts = Facts(touchpoints)
    for condition, needed in needing.items():
        if isinstance(condition, FactCondition):
            bits &= np.where(facts.hold(condition), dtype.type(every), dtype.type(every & ~needed))
    for condition, needed in needing.items():
        if not isinstance(condition, FactCondition) and not _is_looked_up(condition):
            _keep_by_row(bits, touchpoints, condition, dtype.type(needed))
    return bits


def _keep_by_text(bits: Bits, touchpoints: Touchpoints, field: str, needing: dict[Condition, int]) -> None:
    found = touchpoints.coded(field)
    every = np.iinfo(bits.dtype).max
    allowed = np.full(len(found.texts), every, dtype=bits.dtype)
    for condition, needed in needing.items():
        if isinstance(condition, TextCondition) and condition.field == field:
            refused = ~_hold(found.texts, condition)
            allowed[refused] &= bits.dtype.type(every & ~needed)
    bits &= allowed[found.codes]


def _keep_by_row(bits: Bits, touchpoints: Touchpoints, condition: Condition, needed: np.unsignedinteger) -> None:
    column = _column(condition)
    if touchpoints.is_unknown(column):
        bits &= ~needed
        return
    in_question = np.flatnonzero(bits & needed)
    refused = in_question[~_hold(touchpoints.values(column, in_question), condition)]
    bits[refused] &= ~needed


def property_column(path: str) -> str:
    """Name of the column that holds a property's text."""
    return f"property {path}"


def _column(condition: Condition) -> str:
    match condition:
        case PropertyCondition(path):
            return property_column(path)
        case TextCondition(field) | NumberCondition(field):
            return field
        case FactCondition():
            raise AssertionError("facts are no columns")


def _hold(values: pl.Series, condition: Condition) -> Flags:
    """For each value whether it meets the condition; null does not."""
    match condition:
        case NumberCondition(_, Comparison() as comparison) | PropertyCondition(_, _, Comparison() as comparison):
            found = comparison.compare(values.cast(pl.Float64, strict=False))
        case TextCondition(_, patterns) | PropertyCondition(_, patterns):
            found = _matches_text(values.cast(pl.String), patterns)
        case FactCondition():
            raise AssertionError("facts are no columns")
    return found.fill_null(value=False).to_numpy()  # type: ignore[attr-defined]


def _matches_text(text: pl.Series, patterns: tuple[str, ...]) -> pl.Series:
    exact = [pattern for pattern in patterns if "*" not in pattern]
    globs = [_glob(pattern) for pattern in patterns if "*" in pattern]
    found = [text.is_in(exact)] if exact else []
    found += [text.str.contains(glob) for glob in globs]
    return reduce(or_, found)


def _glob(pattern: str) -> str:
    """A pattern with ``*`` as a regular expression."""
    special = set(r"\.+?()[]{}|^$")
    escaped = "".join(".*" if sign == "*" else f"\\{sign}" if sign in special else sign for sign in pattern)
    return f"(?s)^{escaped}$"
