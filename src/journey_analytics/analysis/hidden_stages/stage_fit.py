"""A stage fit: a fitted stage process with what it was fitted to and how well it foretells, as a JSON text to keep."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np

from journey_analytics.analysis.hidden_stages.foresight import Foresight
from journey_analytics.analysis.hidden_stages.gaps import Spans
from journey_analytics.analysis.hidden_stages.process import StageProcess
from journey_analytics.analysis.hidden_stages.stored_fit import FORMAT, read_stored_fit
from journey_analytics.analysis.intervals import Interval
from journey_analytics.errors import UsageError
from journey_analytics.version import __version__

_ARRAYS = ("start", "move", "drop", "emission", "rates")
_VERSION_DIGITS = 12


@dataclass(frozen=True)
class StageFit:
    """A fit that can be stored and applied as it is; it changes only where somebody fits anew.

    Attributes:
        stages: Names of the stages, in order.
        symbols: Event types that it tells apart; the last one stands for all others.
        process: The fitted process.
        foresight: How well it foretold later time, beside the chain of the rules.
        keeps_names: Whether its stages are still those of the rules.
        watermark: Time up to which it had looked, as ISO 8601.
        customers_count: Customers that it was fitted to.
        sessions_count: Their sessions.
        touchpoints_count: Interactions in these.
        stage_model: Name of the stage model whose rules it started from.
        made_of: Fingerprints of what decides stages and sessions, by its name; where one differs, the fit is of
            another world.
        software: Version of the software that fitted it.
    """

    stages: tuple[str, ...]
    symbols: tuple[str, ...]
    process: StageProcess
    foresight: Foresight
    keeps_names: bool
    watermark: str
    customers_count: int
    sessions_count: int
    touchpoints_count: int
    stage_model: str
    made_of: Mapping[str, str] = field(default_factory=dict[str, str])
    software: str = __version__

    @property
    def is_shown(self) -> bool:
        """Whether it knows more than the rules, so that its stages may be shown."""
        return self.foresight.is_better and self.keeps_names

    @property
    def why(self) -> str:
        """Why it is shown, or is not, in a sentence for people."""
        gain, word = self.foresight.gain, "Shown" if self.is_shown else "Not shown"
        scores = (
            f"on {self.foresight.events_count:,} later sessions its log-loss is {self.foresight.log_loss:.3f}, that of "
            f"the rules {self.foresight.rule_log_loss:.3f}; gain {gain.estimate:.3f} ({gain.low:.3f} to "
            f"{gain.high:.3f}, 95 %)."
        )
        if self.keeps_names:
            return f"{word}: {scores}"
        return (
            f"{word}: the event types that the rules put into a stage are not likeliest in the fitted stage of that "
            f"name, so it is another stage; {scores}"
        )

    @cached_property
    def version(self) -> str:
        """A name that changes with anything in the fit, and with nothing else."""
        text = json.dumps(self._told, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:_VERSION_DIGITS]

    def to_json(self) -> str:
        """The fit as JSON with sorted keys; the same fit gives the same text."""
        return json.dumps(self._told | {"version": self.version}, indent=1, sort_keys=True) + "\n"

    @property
    def _told(self) -> dict[str, Any]:
        process = {name: getattr(self.process, name).tolist() for name in _ARRAYS} | {
            "bounds": self.process.spans.bounds,
            "paces": self.process.paces,
            "pace_shares": self.process.pace_shares,
        }
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        told |= {"foresight": asdict(self.foresight), "made_of": dict(self.made_of)}
        return told | {"process": process, "format": FORMAT}

    @classmethod
    def from_json(cls, text: str) -> "StageFit":
        """Read a fit.

        Raises:
            OtherFormat: It was stored in another format.
            UsageError: The text is no stage fit, or somebody changed it.
        """
        stored = read_stored_fit(text)
        process, foresight = stored.process, stored.foresight.model_dump()
        gain = Interval(**foresight.pop("gain"))
        arrays = {name: np.array(getattr(process, name), dtype=np.float64) for name in _ARRAYS}
        told = {name: getattr(stored, name) for name in _AS_THEY_ARE}
        fit = cls(
            process=StageProcess(
                stages_count=len(stored.stages),
                **arrays,
                spans=Spans(process.bounds),
                paces=process.paces,
                pace_shares=process.pace_shares,
            ),
            foresight=Foresight(**foresight, gain=gain),
            **told,
        )
        if fit.version != stored.version:
            raise UsageError(
                f"version: '{stored.version}' is not that of what stands beside it, '{fit.version}': the fit was "
                "changed after it was stored.",
                hint="Put back the text that was stored, or fit anew: journey fit",
            )
        return fit


_AS_THEY_ARE = tuple(one.name for one in fields(StageFit) if one.name not in ("process", "foresight"))
