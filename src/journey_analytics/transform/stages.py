"""Stages: the rules of a stage model compiled to column expressions; the first rule that matches wins."""

from collections.abc import Sequence
from functools import reduce

import polars as pl

from journey_analytics.stage_model import (
    Comparison,
    Condition,
    FactCondition,
    NumberCondition,
    PropertyCondition,
    Rule,
    StageModel,
    TextCondition,
)
from journey_analytics.vocabulary import UNMAPPED

_MICROSECONDS_PER_DAY = 86_400_000_000


def add_stages(touchpoints: pl.DataFrame, model: StageModel) -> pl.DataFrame:
    """Give each touchpoint its stage.

    Args:
        touchpoints: Touchpoints in total order.
        model: The stage model.

    Returns:
        The touchpoints with ``mapped_stage`` (interactions that a rule matched, else null), ``rule_id`` (the rule, also
        one that leaves the event out on purpose) and ``stage``: the mapped stage, ``(unmapped)`` for an interaction
        without one, and for other events the last mapped stage of the customer, null before it.
    """
    first_match: pl.Expr = pl.lit(None, pl.String)
    for rule in reversed(model.rules):
        first_match = pl.when(matches(rule.conditions)).then(pl.lit(rule.rule_id)).otherwise(first_match)
    stage_of = {rule.rule_id: rule.stage for rule in model.rules if rule.stage != UNMAPPED}
    rule_id = pl.when("is_interaction").then(first_match)
    return (
        with_facts(touchpoints, model.conditions())
        .with_columns(rule_id=rule_id)
        .with_columns(mapped_stage=pl.col("rule_id").replace_strict(stage_of, default=None, return_dtype=pl.String))
        .with_columns(
            stage=pl.when("is_interaction")
            .then(pl.col("mapped_stage").fill_null(UNMAPPED))
            .otherwise(pl.col("mapped_stage").forward_fill().over("customer_key"))
        )
        .drop(pl.selectors.starts_with("fact "))
    )


def matching_rules(touchpoints: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Which rules match which touchpoints, whatever wins: one boolean column per rule, beside ``event_key``."""
    conditions = [condition for rule in rules for condition in rule.conditions]
    return with_facts(touchpoints, conditions).select(
        "event_key", *(matches(rule.conditions).alias(rule.rule_id) for rule in rules)
    )


def conversions(touchpoints: pl.DataFrame, model: StageModel) -> pl.DataFrame:
    """Events that the model declares conversions.

    Returns:
        ``conversion``, ``event_key``, ``customer_key``, ``occurred_at``: each customer's first, or every one.
    """
    facts = with_facts(touchpoints, model.conditions())
    columns = ("event_key", "customer_key", "occurred_at")
    found = [touchpoints.head(0).select(pl.lit(None, pl.String).alias("conversion"), *columns)]
    for conversion in model.conversions:
        events = facts.filter(pl.col("is_interaction") & matches(conversion.conditions))
        if conversion.counts == "first":
            events = events.unique("customer_key", keep="first", maintain_order=True)
        found.append(events.select(pl.lit(conversion.name).alias("conversion"), *columns))
    return pl.concat(found)


def property_paths(models: Sequence[StageModel]) -> list[str]:
    """Dotted paths of the properties that rules look at."""
    conditions = (condition for model in models for condition in model.conditions())
    return sorted({condition.path for condition in conditions if isinstance(condition, PropertyCondition)})


def property_column(path: str) -> str:
    """Name of the column that holds a property's text."""
    return f"property {path}"


def matches(conditions: Sequence[Condition]) -> pl.Expr:
    """Whether all conditions hold; what is unknown does not."""
    return reduce(lambda left, right: left & right, map(_matches, conditions)).fill_null(value=False)


def _matches(condition: Condition) -> pl.Expr:
    match condition:
        case TextCondition(field, patterns):
            return _matches_text(pl.col(field), patterns)
        case NumberCondition(field, comparison):
            return _compared(pl.col(field).cast(pl.Float64), comparison)
        case PropertyCondition(path, patterns, None):
            return _matches_text(pl.col(property_column(path)), patterns)
        case PropertyCondition(path, _, comparison):
            return _compared(pl.col(property_column(path)).cast(pl.Float64, strict=False), comparison)
        case FactCondition():
            return _matches_fact(condition)


def _matches_fact(condition: FactCondition) -> pl.Expr:
    types = condition.event_types
    count = pl.col(_fact_column("count", types))
    earlier = count - pl.col("event_type").is_in(types).cast(pl.Int64)
    match condition.fact:
        case "before_first":
            return earlier == 0
        case "after_first":
            return earlier > 0
        case "nth":
            return _compared(count, condition.comparison)
        case "days_since_first":
            elapsed = (pl.col("occurred_at") - pl.col(_fact_column("first", types))).dt.total_microseconds()
            return (earlier > 0) & _compared(elapsed / _MICROSECONDS_PER_DAY, condition.comparison)


def _matches_text(text: pl.Expr, patterns: tuple[str, ...]) -> pl.Expr:
    exact = [pattern for pattern in patterns if "*" not in pattern]
    globs = [_glob(pattern) for pattern in patterns if "*" in pattern]
    found = [text.is_in(exact)] if exact else []
    found += [text.str.contains(glob) for glob in globs]
    return reduce(lambda left, right: left | right, found)


def _glob(pattern: str) -> str:
    """A pattern with ``*`` as a regular expression."""
    special = set(r"\.+?()[]{}|^$")
    escaped = "".join(".*" if sign == "*" else f"\\{sign}" if sign in special else sign for sign in pattern)
    return f"(?s)^{escaped}$"


def _compared(number: pl.Expr, comparison: Comparison | None) -> pl.Expr:
    if comparison is None:
        raise AssertionError("the parser gives every such condition a comparison")
    return comparison.compare(number)  # type: ignore[return-value]


def _fact_column(kind: str, event_types: tuple[str, ...]) -> str:
    return f"fact {kind} {','.join(event_types)}"


def with_facts(touchpoints: pl.DataFrame, conditions: Sequence[Condition]) -> pl.DataFrame:
    """Add, for each set of event types that facts speak of, the running count and the time of the first."""
    facts = [condition for condition in conditions if isinstance(condition, FactCondition)]
    counted = {fact.event_types for fact in facts}
    timed = {fact.event_types for fact in facts if fact.fact == "days_since_first"}
    is_one = {types: pl.col("event_type").is_in(types) for types in counted}
    counts = [
        is_one[types].cast(pl.Int64).cum_sum().over("customer_key").alias(_fact_column("count", types))
        for types in sorted(counted)
    ]
    firsts = [
        pl.col("occurred_at").filter(is_one[types]).first().over("customer_key").alias(_fact_column("first", types))
        for types in sorted(timed)
    ]
    return touchpoints.with_columns(*counts, *firsts)
