"""Columns of events that are read only where a rule looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass

from journey_analytics.stage_model import KnownCondition, PropertyCondition, StageModel


@dataclass(frozen=True)
class RuleColumns:
    """What rules look at beside the columns that every event has.

    Attributes:
        paths: Dotted paths of properties: each a column of texts.
        identifiers: Kinds of identifiers: each a column that says whether the event carried one.
    """

    paths: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()


def rule_columns(models: Sequence[StageModel]) -> RuleColumns:
    """The columns that the rules of some models look at."""
    conditions = [condition for model in models for condition in model.conditions()]
    paths = {condition.path for condition in conditions if isinstance(condition, PropertyCondition)}
    kinds = {kind for condition in conditions if isinstance(condition, KnownCondition) for kind in condition.kinds}
    return RuleColumns(tuple(sorted(paths)), tuple(sorted(kinds)))


def property_column(path: str) -> str:
    """Name of the column that holds a property's text."""
    return f"property {path}"


def identifier_column(kind: str) -> str:
    """Name of the column that says whether an event carried an identifier of this kind."""
    return f"has {kind}"
