"""What all stage models say of a touchpoint, as one number; what the numbers mean is a small table of its own.

A row for each touchpoint and model would be the largest table of all, and models together say only some hundreds of
different things. Of each model a touchpoint has a code: that of the rule which took it, or of the stage that it goes
with. The codes are the digits of the number, each in as many units as the models before it can say.
"""

from collections.abc import Sequence
from math import prod

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.segments import Rows
from journey_analytics.contracts import STAGE_CODES
from journey_analytics.stage_model import StageModel
from journey_analytics.transform.stages import Stages
from journey_analytics.transform.touchpoints import Touchpoints
from journey_analytics.vocabulary import UNMAPPED

MOST_CODES = np.iinfo(np.int64).max
"""So many different things a number can say."""


def codes_count(models: Sequence[StageModel]) -> int:
    """How many different things some models together can say of a touchpoint."""
    return prod(_digits(model) for model in models)


def stage_codes(touchpoints: Touchpoints, by_model: Sequence[Stages]) -> Rows:
    """For each touchpoint the number of what the models say of it.

    Args:
        touchpoints: Touchpoints.
        by_model: Their stages, by the models in order.
    """
    found = np.zeros(len(touchpoints), dtype=np.int64)
    unit = 1
    for stages in by_model:
        found += _code(touchpoints, stages).astype(np.int64) * unit
        unit *= _digits(stages.model)
    return found


def stage_code_rows(models: Sequence[StageModel]) -> pl.DataFrame:
    """What the numbers mean: the rows of ``journeys.stage_codes``."""
    frames: list[pl.DataFrame] = [STAGE_CODES.empty()]
    unit = 1
    for model in models:
        goes_with = [*model.stage_names, None]
        stages = [*(rule.stage for rule in model.rules), UNMAPPED, *goes_with]
        rules = [*(rule.rule_id for rule in model.rules), None, *(None for _ in goes_with)]
        own = pl.DataFrame({"stage": stages, "rule_id": rules}, schema_overrides={"rule_id": pl.String})
        frames.append(
            own.with_columns(
                stage_model=pl.lit(model.name),
                unit=pl.lit(unit, pl.Int64),
                codes_count=pl.len().cast(pl.Int64),
                code=pl.int_range(pl.len(), dtype=pl.Int64),
            ).select(STAGE_CODES.column_names)
        )
        unit *= own.height
    return pl.concat(frames)


def _digits(model: StageModel) -> int:
    """How many things a model can say: each rule, no rule; of what is no interaction each stage, no stage yet."""
    return len(model.rules) + 1 + len(model.stages) + 1


def _code(touchpoints: Touchpoints, stages: Stages) -> npt.NDArray[np.unsignedinteger]:
    without_rule = len(stages.model.rules) + 1
    dtype = np.min_scalar_type(_digits(stages.model))
    goes_with = stages.current.astype(dtype) + dtype.type(without_rule)
    return np.where(touchpoints.is_interaction, stages.rule.astype(dtype), goes_with)
