"""Priors: what the rules of a stage model say, before any fitting, of what customers do in each stage.

The rules name the stages; without them a fit would find degrees of activity. So a fit starts from the rules, is held to
them by pseudo-counts, and moves only to later stages or one back, which also keeps stages from changing places.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.hidden_stages.gaps import Spans
from journey_analytics.analysis.hidden_stages.process import PACES, StageProcess
from journey_analytics.analysis.hidden_stages.sequences import Floats, Sequences

STRENGTH = 20.0
"""Pseudo-counts of each stage for what the rules say of its symbols."""

DOUBT = 0.25
"""Share of the touchpoints of which the rules are taken to be wrong: these may stand in any stage."""

STAYS, MOVES_ON, DROPS_OFF = 0.8, 0.15, 0.1
MACHINES, MACHINE_PACE = 0.02, 10.0
"""Where a fit starts: guesses, the same for all stages, which the data change at once."""


@dataclass(frozen=True)
class Prior:
    """Pseudo-counts, added to what the data say; and where a fit starts.

    Attributes:
        start: Of first states.
        move: Of moves from each state (rows) to each next one (columns); 0 where a move is not allowed.
        drop: Of drop-offs and of going on (columns), for each state (rows).
        emission: Of symbols (columns) in each state (rows).
        returns: Of gaps that end in each span (columns), for each state (rows).
        exposure: Days in each span without return, likewise.
        paces: Of customers of each pace.
        process: Where a fit starts.
    """

    start: Floats
    move: Floats
    drop: Floats
    emission: Floats
    returns: Floats
    exposure: Floats
    paces: Floats
    process: StageProcess


def prior_of_rules(
    evidence: Floats, parts: Sequence[Sequences], spans: Spans, paces: tuple[float, ...] = PACES
) -> Prior:
    """What is known before fitting: five stages and the state of machines make six states.

    Args:
        evidence: How the rules spread each symbol's (rows) touchpoints over the stages (columns), as shares or counts;
            a row of zeros where they say nothing.
        parts: The observations, of which only the frequency of symbols and the pooled rate of coming back are used.
        spans: Spans of gaps.
        paces: By how much some customers come more often than others.
    """
    symbols_count, stages_count = evidence.shape
    frequency = 1.0 + sum(np.bincount(part.symbol, minlength=symbols_count) for part in parts)
    emission = np.vstack([_says(evidence), np.ones(symbols_count)]) * frequency
    emission /= emission.sum(axis=1, keepdims=True)
    allowed = allowed_moves(stages_count)
    pooled = np.tile(pooled_rates(parts, spans), (stages_count + 1, 1))
    usual = np.array(paces) == 1.0
    first_paces = np.where(usual, 0.8, 0.2 / max(len(paces) - 1, 1)) if len(paces) > 1 else np.ones(1)
    return Prior(
        start=np.ones(stages_count + 1),
        move=allowed.astype(np.float64),
        drop=np.ones((stages_count + 1, 2)),
        emission=STRENGTH * emission,
        returns=np.ones_like(pooled),
        exposure=1.0 / pooled,
        paces=np.ones(len(paces)),
        process=StageProcess(
            stages_count=stages_count,
            start=np.append(_falling(stages_count) * (1.0 - MACHINES), MACHINES),
            move=_first_moves(allowed),
            drop=np.full(stages_count + 1, DROPS_OFF),
            emission=emission,
            rates=pooled * np.append(np.ones(stages_count), MACHINE_PACE)[:, None],
            spans=spans,
            paces=paces,
            pace_shares=tuple(first_paces.tolist()),
        ),
    )


def allowed_moves(stages_count: int) -> npt.NDArray[np.bool_]:
    """Moves to the same stage, to later ones, and to the one before; machines stay machines."""
    states = np.arange(stages_count + 1)
    allowed = states[None, :] >= states[:, None] - 1
    allowed[stages_count], allowed[:, stages_count] = False, False
    allowed[stages_count, stages_count] = True
    return allowed


def _says(evidence: Floats) -> Floats:
    """Share of each symbol's (columns) touchpoints in each stage (rows), with doubt."""
    stages_count = evidence.shape[1]
    said = evidence.sum(axis=1, keepdims=True)
    share = np.where(said > 0, evidence / np.where(said > 0, said, 1.0), 1.0 / stages_count)
    return ((1.0 - DOUBT) * share + DOUBT / stages_count).T


def pooled_rates(parts: Sequence[Sequences], spans: Spans) -> Floats:
    """Rate of coming back in each span, whatever the stage; half of the silences are taken to be drop-offs."""
    returns, ends, within = np.ones(spans.count), np.zeros((1, spans.count)), np.zeros((1, spans.count))
    for part in parts:
        gap, silence = part.gap[part.customers_count :], part.silence
        of_gaps = spans.place(gap).added_up(np.ones((1, len(gap))), spans.count)
        of_silence = spans.place(silence).added_up(np.full((1, len(silence)), 0.5), spans.count)
        returns += of_gaps[0][0]
        ends, within = ends + of_gaps[0] + of_silence[0], within + of_gaps[1] + of_silence[1]
    return returns / np.maximum(spans.exposure(ends, within)[0], 1.0)


def _falling(stages_count: int) -> Floats:
    """First stages: each half as likely as the one before."""
    shares = 0.5 ** np.arange(stages_count)
    return shares / shares.sum()


def _first_moves(allowed: npt.NDArray[np.bool_]) -> Floats:
    states_count = len(allowed)
    moves = STAYS * np.eye(states_count) + MOVES_ON * np.eye(states_count, k=1)
    moves += (1.0 - STAYS - MOVES_ON) / states_count
    moves *= allowed
    return moves / moves.sum(axis=1, keepdims=True)


def keeps_names(process: StageProcess, evidence: Floats) -> bool:
    """Whether each stage is still where the symbols are likeliest that the rules put into it.

    A fit that has found something else, such as degrees of activity or what machines do, fails this, however well it
    foretells: then its stages do not deserve the names that the rules gave them. Stages without symbols are not asked.

    Args:
        process: A fitted process.
        evidence: How the rules spread each symbol's (rows) touchpoints over the stages (columns).
    """
    said = evidence.sum(axis=1, keepdims=True)
    share = process.emission[: process.stages_count] @ (evidence / np.where(said > 0, said, 1.0))
    asked = evidence.sum(axis=0) > 0
    return bool((share.argmax(axis=0) == np.arange(process.stages_count))[asked].all())
