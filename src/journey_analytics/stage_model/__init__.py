"""A stage model: what the stages of a business are, and which rules put an event into one. Data, not code."""

from journey_analytics.stage_model.conditions import (
    Comparison,
    Condition,
    EntryCondition,
    EventCondition,
    FactCondition,
    KnownCondition,
    NumberCondition,
    PropertyCondition,
    SessionCondition,
    TextCondition,
    UnlessCondition,
    with_inner,
)
from journey_analytics.stage_model.examples import Example, ExampleEvent, read_examples
from journey_analytics.stage_model.files import (
    load_stage_model,
    read_stage_model,
    shipped_model_path,
    shipped_models,
    stage_model_path,
)
from journey_analytics.stage_model.lapse_thresholds import (
    LapseThreshold,
    LapseVersion,
    read_lapse_versions,
    with_learned_limits,
    with_version,
)
from journey_analytics.stage_model.model import Conversion, Rule, Stage, StageModel
from journey_analytics.stage_model.shadowing import Shadowed, shadowed_rules

__all__ = [
    "Comparison",
    "Condition",
    "Conversion",
    "EntryCondition",
    "EventCondition",
    "Example",
    "ExampleEvent",
    "FactCondition",
    "KnownCondition",
    "LapseThreshold",
    "LapseVersion",
    "NumberCondition",
    "PropertyCondition",
    "Rule",
    "SessionCondition",
    "Shadowed",
    "Stage",
    "StageModel",
    "TextCondition",
    "UnlessCondition",
    "load_stage_model",
    "read_examples",
    "read_lapse_versions",
    "read_stage_model",
    "shadowed_rules",
    "shipped_model_path",
    "shipped_models",
    "stage_model_path",
    "with_inner",
    "with_learned_limits",
    "with_version",
]
