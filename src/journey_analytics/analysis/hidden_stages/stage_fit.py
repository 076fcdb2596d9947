"""A stage fit: a fitted stage process with what it was fitted to and how well it foretells, as a JSON text to keep."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from journey_analytics.analysis.hidden_stages.foresight import Foresight
from journey_analytics.analysis.hidden_stages.gaps import Spans
from journey_analytics.analysis.hidden_stages.process import StageProcess
from journey_analytics.analysis.intervals import Interval
from journey_analytics.errors import UsageError
from journey_analytics.version import __version__

FORMAT = 1
_ARRAYS = ("start", "move", "drop", "emission", "rates")


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
        stage_model: Name of the stage model whose rules it started from.
        software: Version of the software that fitted it.
    """

    stages: tuple[str, ...]
    symbols: tuple[str, ...]
    process: StageProcess
    foresight: Foresight
    keeps_names: bool
    watermark: str
    customers_count: int
    stage_model: str
    software: str = __version__

    @property
    def is_shown(self) -> bool:
        """Whether it knows more than the rules, so that its stages may be shown."""
        return self.foresight.is_better and self.keeps_names

    @property
    def why(self) -> str:
        """Why it is shown, or is not, in a sentence for people."""
        if not self.keeps_names:
            return (
                "Not shown: the event types that the rules put into a stage are not likeliest in the fitted stage of "
                "that name, so it is another stage."
            )
        gain, word = self.foresight.gain, "Shown" if self.is_shown else "Not shown"
        return (
            f"{word}: on {self.foresight.events_count:,} later touchpoints its log-loss is "
            f"{self.foresight.log_loss:.3f}, that of the rules {self.foresight.rule_log_loss:.3f}; "
            f"gain {gain.estimate:.3f} ({gain.low:.3f} to {gain.high:.3f}, 95 %)."
        )

    def to_json(self) -> str:
        """The fit as JSON with sorted keys; the same fit gives the same text."""
        process = {name: getattr(self.process, name).tolist() for name in _ARRAYS} | {
            "bounds": self.process.spans.bounds,
            "paces": self.process.paces,
            "pace_shares": self.process.pace_shares,
        }
        told = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "process"}
        told |= {"foresight": asdict(self.foresight), "process": process, "format": FORMAT}
        return json.dumps(told, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "StageFit":
        """Read a fit.

        Raises:
            UsageError: The text is no stage fit, or one of another format.
        """
        hint = "Fit anew; a fit is kept until somebody does."
        try:
            told: dict[str, Any] = json.loads(text)
            if told.pop("format") != FORMAT:
                raise UsageError("The stage fit was stored in another format.", hint=hint)
            process, foresight = told.pop("process"), told.pop("foresight")
            arrays = {name: np.array(process[name], dtype=np.float64) for name in _ARRAYS}
            lists = {name: tuple(told.pop(name)) for name in ("stages", "symbols")}
            found = StageProcess(
                stages_count=len(lists["stages"]),
                **arrays,
                spans=Spans(tuple(process["bounds"])),
                paces=tuple(process["paces"]),
                pace_shares=tuple(process["pace_shares"]),
            )
            return cls(
                process=found,
                foresight=Foresight(**foresight | {"gain": Interval(**foresight["gain"])}),
                **lists,
                **told,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError("The text is no stage fit.", hint=hint) from error
