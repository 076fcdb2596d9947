"""How long those pause who go on, and what a silence therefore says about whether anything will follow."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.next_steps.step_sequences import Codes, StepSequences

_LEAST_PAUSES = 200
"""After a step; with fewer its silences are judged by those after any step."""


@dataclass(frozen=True)
class Silences:
    """Pauses between steps of one case, in microseconds, ascending.

    Attributes:
        after_any: After any step.
        after: After each step by its code, from 1; those of too few are left out.
    """

    after_any: npt.NDArray[np.int64]
    after: dict[int, npt.NDArray[np.int64]]

    def still_silent(self, code: Codes, silent: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Share of those going on after a step who are silent for longer than so many microseconds."""
        found = _longer(self.after_any, silent)
        for step, pauses in self.after.items():
            rows = code == step
            found[rows] = _longer(pauses, silent[rows])
        return found


def silences_of(sequences: StepSequences) -> Silences:
    """Pauses of a log, but for its last days: of pauses that began then only the short ones have ended."""
    at, is_step = sequences.at, sequences.code < len(sequences.names)
    rows = np.flatnonzero(is_step & (sequences.cases.numbers() > 1))
    pauses, began = at[rows] - at[rows - 1], at[rows - 1]
    is_old = began <= at.max(initial=0) - pauses.max(initial=0)
    rows, pauses = rows[is_old], pauses[is_old]
    code = sequences.code[rows - 1]
    counts = np.bincount(code.astype(np.int64), minlength=1)
    after = {step: np.sort(pauses[code == step]) for step in np.flatnonzero(counts >= _LEAST_PAUSES).tolist()}
    return Silences(np.sort(pauses), after)


def _longer(pauses: npt.NDArray[np.int64], silent: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    longer = len(pauses) - np.searchsorted(pauses, silent, side="right")
    # Half a pause more than there were: what was never seen is not impossible.
    return np.asarray((longer + 0.5) / (len(pauses) + 0.5), dtype=np.float64)
