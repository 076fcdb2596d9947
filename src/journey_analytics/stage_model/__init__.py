"""A stage model: what the stages of a business are, and which rules put an event into one. Data, not code."""

from journey_analytics.stage_model.conditions import (
    Comparison,
    Condition,
    FactCondition,
    NumberCondition,
    PropertyCondition,
    TextCondition,
)
from journey_analytics.stage_model.files import load_stage_model, read_stage_model, shipped_model_path, shipped_models
from journey_analytics.stage_model.model import Conversion, Rule, Stage, StageModel

__all__ = [
    "Comparison",
    "Condition",
    "Conversion",
    "FactCondition",
    "NumberCondition",
    "PropertyCondition",
    "Rule",
    "Stage",
    "StageModel",
    "TextCondition",
    "load_stage_model",
    "read_stage_model",
    "shipped_model_path",
    "shipped_models",
]
