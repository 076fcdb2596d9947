"""How well stages are inferred in a world where they are known: rules, a fitted stage process, and the true one."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import polars as pl

from journey_analytics.analysis.hidden_stages.fitting import Fit, fit_stages
from journey_analytics.analysis.hidden_stages.foresight import Foresight, compare_foresight
from journey_analytics.analysis.hidden_stages.gaps import EXPONENTIAL, PIECEWISE, Spans
from journey_analytics.analysis.hidden_stages.observations import Observations, observations_of
from journey_analytics.analysis.hidden_stages.priors import keeps_names, prior_of_rules
from journey_analytics.analysis.hidden_stages.process import PACES, StageProcess
from journey_analytics.analysis.hidden_stages.rule_stages import alone, furthest_said, last_said, said
from journey_analytics.analysis.hidden_stages.seeing import see
from journey_analytics.analysis.hidden_stages.sequences import Codes, Floats
from journey_analytics.analysis.hidden_stages.stage_scores import StageScores, brier, score_stages
from journey_analytics.simulate.stage_walks import StageTruth, walk_stages
from journey_analytics.simulate.stage_worlds import RULES, STAGES, StageWorld

THIRTY_DAYS = 30.0


@dataclass(frozen=True)
class Evaluation:
    """What came out in one world.

    Attributes:
        world: The world.
        opens_count: Whether e-mail opens were looked at.
        customers_count: Customers fitted to; as many others were scored.
        touchpoints_count: Touchpoints fitted to.
        scores: Scores by method.
        drop_off_errors: Mean squared error of the probability of having dropped off, by method.
        foresight: The fitted process beside the rule chain, on later time.
        keeps_names: Whether the fitted stages are still those of the rules.
        fit: The fit.
        seconds: How long the fit took.
    """

    world: StageWorld
    opens_count: bool
    customers_count: int
    touchpoints_count: int
    scores: dict[str, StageScores]
    drop_off_errors: dict[str, float]
    foresight: Foresight
    keeps_names: bool
    fit: Fit
    seconds: float


@dataclass(frozen=True)
class Known:
    """Observations with their true stages.

    Attributes:
        truth: What is true of the customers.
        seen: Their observations.
        stage: True stage of each observation; -1 for those of crawlers.
        customer_key: Key of each customer.
    """

    truth: StageTruth
    seen: Observations
    stage: Codes
    customer_key: pl.Series


def evaluate(
    world: StageWorld,
    customers_count: int,
    seed: int,
    *,
    opens_count: bool = True,
    bounds: tuple[float, ...] = PIECEWISE,
    paces: tuple[float, ...] = PACES,
) -> Evaluation:
    """Fit to some customers of a world, without their stages, and score every method on others, with them.

    Args:
        world: The world.
        customers_count: How many customers to fit to, and how many to score.
        seed: The same seed gives the same customers.
        opens_count: Look at e-mail opens too, which are no interactions by default.
        bounds: Bounds of the spans of gaps.
        paces: Paces of customers.
    """
    given, scored = (known_stages(world, customers_count, seed + new, opens_count=opens_count) for new in (0, 1))
    evidence = rule_evidence(world, opens_count=opens_count)
    started = perf_counter()
    parts = given.seen.sequences()
    fit = fit_stages(parts, prior_of_rules(evidence, parts, Spans(bounds), paces))
    seconds = perf_counter() - started
    rules = said(evidence, given.seen)
    foresight = compare_foresight(given.seen, last_said(rules, given.seen) + 1, evidence, bounds, paces)
    truth = true_process(world, opens_count=opens_count)
    return Evaluation(
        world,
        opens_count,
        customers_count,
        len(given.seen),
        _by_rules(scored, evidence)
        | _by_process(truth, scored, world, "filter, true numbers")
        | _by_process(fit.process, scored, world, "fitted filter"),
        _drop_off_errors(scored, {"filter, true numbers": truth, "fitted filter": fit.process}),
        foresight,
        keeps_names(fit.process, evidence),
        fit,
        seconds,
    )


def known_stages(world: StageWorld, customers_count: int, seed: int, *, opens_count: bool = True) -> Known:
    """Customers of a world as observations, with the true stages."""
    truth = walk_stages(world, customers_count, seed)
    shown = truth.touchpoints if opens_count else truth.touchpoints.filter(pl.col("event_type") != "email_open")
    seen = observations_of(
        shown.rename({"event_type": "symbol"}), pl.Series([truth.watermark]), symbols=_symbols(world, opens_count)
    )
    places = {name: place for place, name in enumerate(STAGES)}
    stage = shown["true_stage"].replace_strict(places, default=-1, return_dtype=pl.Int64).to_numpy()
    return Known(truth, seen, stage, shown["customer_key"].gather(seen.first))


def rule_evidence(world: StageWorld, *, opens_count: bool = True) -> Floats:
    """What the rules say of each event type (rows) of a world: 1 for its stage (columns)."""
    symbols = _symbols(world, opens_count)
    return np.array([[float(RULES.get(symbol) == stage) for stage in STAGES] for symbol in symbols])


def true_process(world: StageWorld, *, opens_count: bool = True) -> StageProcess:
    """The process behind a world, but for what no process of the class has."""
    kept = [world.event_types.index(symbol) for symbol in _symbols(world, opens_count)]
    happens = np.array(world.happens)[:, kept]
    return StageProcess(
        stages_count=len(world.hidden),
        start=np.array(world.start),
        move=np.array(world.move),
        drop=np.array(world.drop),
        emission=happens / happens.sum(axis=1, keepdims=True),
        rates=1.0 / np.array(world.gap_days)[:, None],
        spans=Spans(EXPONENTIAL),
    )


def _symbols(world: StageWorld, opens_count: bool) -> tuple[str, ...]:
    return tuple(name for name in world.event_types if opens_count or name != "email_open")


def _by_rules(known: Known, evidence: Floats) -> dict[str, StageScores]:
    stages = said(evidence, known.seen)
    return {
        "rule of each touchpoint": _scored(known, alone(stages)),
        "last rule": _scored(known, alone(last_said(stages, known.seen))),
        "furthest rule": _scored(known, furthest_said(stages, known.seen)),
    }


def _by_process(process: StageProcess, known: Known, world: StageWorld, name: str) -> dict[str, StageScores]:
    """Scores of a process by what was seen up to each touchpoint, without and with gaps, and in hindsight."""
    ours = np.arange(len(STAGES))[:, None]
    counts_as = np.array([STAGES.index(stage) for _, stage in world.hidden])
    together = (ours == (counts_as if process.stages_count == len(counts_as) else ours.T)).astype(np.float64)
    parts = known.seen.sequences()
    blind, filtered, hindsight = (np.empty((len(STAGES), len(known.seen))) for _ in range(3))
    reached, persons = np.zeros(len(STAGES)), 0.0
    for part in parts:
        seen = see(process, part)
        blind[:, part.row] = together @ see(process.without_gaps(), part).stages()
        filtered[:, part.row] = together @ seen.stages()
        hindsight[:, part.row] = together @ seen.stages_in_hindsight()
        of_persons = 1.0 - seen.machine_probability()
        first_of_ours = [int(np.flatnonzero(row)[0]) for row in together]
        reached += (seen.reached_probability()[first_of_ours] * of_persons).sum(axis=1)
        persons += float(of_persons.sum())
    return {
        f"{name}, without gaps": _scored(known, blind.argmax(axis=0), blind),
        name: _scored(known, filtered.argmax(axis=0), filtered, reached / persons),
        f"{name}, in hindsight": _scored(known, hindsight.argmax(axis=0), hindsight),
    }


def _scored(
    known: Known, inferred: Codes, probabilities: Floats | None = None, reached: Floats | None = None
) -> StageScores:
    """Scores over the touchpoints of persons."""
    of_persons = known.stage >= 0
    customer = known.seen.customer[of_persons]
    return score_stages(
        known.stage[of_persons],
        inferred[of_persons],
        np.flatnonzero(np.diff(customer, prepend=-1)),
        known.seen.day[of_persons],
        len(STAGES),
        probabilities=None if probabilities is None else probabilities[:, of_persons],
        reached=reached,
    )


def _drop_off_errors(known: Known, processes: dict[str, StageProcess]) -> dict[str, float]:
    """Errors of the probability of being gone, over persons; and of the plain rule that thirty days mean gone."""
    count = known.seen.customers_count
    found: dict[str, Floats] = {name: np.zeros(count) for name in ("thirty days of silence", *processes)}
    for part in known.seen.sequences():
        found["thirty days of silence"][part.customer] = part.silence > THIRTY_DAYS
        for name, process in processes.items():
            found[name][part.customer] = see(process, part).drop_off_probability()
    truth = pl.DataFrame({"customer_key": known.customer_key}).join(
        known.truth.customers, on="customer_key", how="left", maintain_order="left"
    )
    is_person = truth["has_dropped_off"].is_not_null().to_numpy()
    happened = truth["has_dropped_off"].fill_null(value=False).to_numpy()
    return {name: brier(probability[is_person], happened[is_person]) for name, probability in found.items()}
