"""The text of a stage fit as it is stored: which keys it has, of which types; told by key where it has others."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from journey_analytics.errors import UsageError

FORMAT = 2
"""Changes with what a stored fit means, not only with its keys: with what an observation is, for one."""

_ANEW = "Fit anew; a fit is kept until somebody does: journey fit"


class OtherFormat(UsageError):
    """The fit was stored by a version of the software to which it means something else."""


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StoredProcess(_Stored):
    """The numbers of ``StageProcess``."""

    start: list[float]
    move: list[list[float]]
    drop: list[float]
    emission: list[list[float]]
    rates: list[list[float]]
    bounds: tuple[float, ...]
    paces: tuple[float, ...]
    pace_shares: tuple[float, ...]


class StoredInterval(_Stored):
    """The numbers of ``Interval``."""

    low: float
    high: float
    estimate: float


class StoredForesight(_Stored):
    """The numbers of ``Foresight``."""

    events_count: int
    log_loss: float
    rule_log_loss: float
    gain: StoredInterval


class StoredFit(_Stored):
    """What ``StageFit`` says of itself, and its version."""

    format: int
    version: str
    stages: tuple[str, ...]
    symbols: tuple[str, ...]
    process: StoredProcess
    foresight: StoredForesight
    keeps_names: bool
    watermark: str
    customers_count: int
    sessions_count: int
    touchpoints_count: int
    stage_model: str
    made_of: dict[str, str]
    software: str


def read_stored_fit(text: str) -> StoredFit:
    """Read the text of a fit.

    Raises:
        OtherFormat: It was stored in another format.
        UsageError: It is no stage fit; says which key is wrong.
    """
    try:
        values: Any = json.loads(text)
    except ValueError as error:
        raise UsageError(f"this is no stage fit: it is not valid JSON ({error}).", hint=_ANEW) from None
    found = values.get("format") if isinstance(values, dict) else None
    if isinstance(found, int) and found != FORMAT:
        raise OtherFormat(f"format: it was stored in another format, {found}; now it is {FORMAT}.", hint=_ANEW)
    try:
        return StoredFit.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        told = f"{key}: {first['msg']}" if key else first["msg"]
        raise UsageError(f"this is no stage fit: {told}.", hint=_ANEW) from None
