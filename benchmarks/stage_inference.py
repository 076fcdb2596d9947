"""How well stages are inferred where they are known; writes docs/stage_inference.md.

python benchmarks/stage_inference.py --customers 20000 --seed 101
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from journey_analytics.analysis.hidden_stages.fitting import fit_process, fit_stages
from journey_analytics.analysis.hidden_stages.foresight import compare_foresight
from journey_analytics.analysis.hidden_stages.gaps import EXPONENTIAL, PIECEWISE, Spans
from journey_analytics.analysis.hidden_stages.priors import prior_of_rules
from journey_analytics.analysis.hidden_stages.process import ONE_PACE, PACES
from journey_analytics.analysis.hidden_stages.rule_stages import last_said, said
from journey_analytics.simulate.stage_evaluation import Evaluation, evaluate, known_stages, rule_evidence
from journey_analytics.simulate.stage_worlds import MISSPECIFIED, OTHER_STAGES, STAGES, WELL_SPECIFIED

PAGE = Path(__file__).parents[1] / "docs/stage_inference.md"
RUNS = ((WELL_SPECIFIED, True), (MISSPECIFIED, False), (OTHER_STAGES, True), (MISSPECIFIED, True))
FITTED = "fitted filter"
CLOSE, CALIBRATED = 0.01, 0.03
CHOICES = {
    "exponential gaps, one pace": (EXPONENTIAL, ONE_PACE),
    "exponential gaps, three paces": (EXPONENTIAL, PACES),
    "gaps by spans, one pace": (PIECEWISE, ONE_PACE),
    "gaps by spans, three paces": (PIECEWISE, PACES),
}
CHOICE_CUSTOMERS, RESTARTS = 3000, 5


def main() -> None:
    """Evaluate every world and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=101)
    asked = parser.parse_args()
    found: list[Evaluation] = []
    for world, opens_count in RUNS:
        found.append(evaluate(world, asked.customers, asked.seed, opens_count=opens_count))
        sys.stdout.write(_world(found[-1]))
    text = TEMPLATE.format(
        customers=f"{asked.customers:,}",
        seed=asked.seed,
        promises=_promises(found),
        worlds="\n".join(_world(evaluation) for evaluation in found),
        choices=_choices(asked.seed),
        restarts=_restarts(asked.seed),
        confusion=_confusion(found[0]),
    )
    PAGE.write_text(text, encoding="utf-8")


def _promises(found: list[Evaluation]) -> str:
    same = found[0].scores
    behind = same["filter, true numbers"].accuracy - same[FITTED].accuracy
    ahead = [
        evaluation.scores[FITTED].accuracy - max(scores.accuracy for scores in list(evaluation.scores.values())[:3])
        for evaluation in found
    ]
    errors = [evaluation.scores[FITTED].calibration_error or 0.0 for evaluation in found]
    names = [_name(evaluation) for evaluation in found]
    lines = [
        (f"{names[0]}: behind the filter that knows the true numbers by", behind, f"at most {CLOSE}", behind <= CLOSE),
        *(
            (f"{name}: ahead of the best rules by", value, f"at least -{CLOSE}", value >= -CLOSE)
            for name, value in zip(names, ahead, strict=True)
        ),
        *(
            (f"{name}: calibration error", value, f"below {CALIBRATED}", value < CALIBRATED)
            for name, value in zip(names, errors, strict=True)
        ),
    ]
    rows = [f"| {what} | {value:.3f} | {aim} | {'yes' if kept else '**no**'} |" for what, value, aim, kept in lines]
    return "\n".join(["| accuracy and calibration | found | aim | kept |", "|---|---:|---|---|", *rows])


def _name(evaluation: Evaluation) -> str:
    opens = "" if evaluation.opens_count else ", e-mail opens not looked at"
    if evaluation.opens_count and evaluation.world.disturbances.machine_opens:
        opens = ", e-mail opens counted"
    return evaluation.world.name + opens


def _world(evaluation: Evaluation) -> str:
    lines = [
        f"### {_name(evaluation).capitalize()}",
        "",
        f"{evaluation.world.description} {evaluation.touchpoints_count:,} touchpoints.",
        "",
        "| method | accuracy | macro-F1 | log-loss | calibration error | entry, days | entries missed | funnel error |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, scores in evaluation.scores.items():
        log_loss, calibration = (
            "" if value is None else f"{value:.3f}" for value in (scores.log_loss, scores.calibration_error)
        )
        lines.append(
            f"| {name} | {scores.accuracy:.3f} | {scores.macro_f1:.3f} | {log_loss} | {calibration} "
            f"| {scores.entry_days:.2f} | {scores.entries_missed:.3f} | {scores.funnel_error:.3f} |"
        )
    foresight, errors = evaluation.foresight, evaluation.drop_off_errors
    brier = "; ".join(f"{name} {error:.3f}" for name, error in errors.items())
    shown = foresight.is_better and evaluation.keeps_names
    lines += [
        "",
        f"Later touchpoints ({foresight.events_count:,}): log-loss {foresight.log_loss:.3f} nats, of the rule chain "
        f"{foresight.rule_log_loss:.3f}; gain {foresight.gain.estimate:.3f} ({foresight.gain.low:.3f} to "
        f"{foresight.gain.high:.3f}). The stages {'keep' if evaluation.keeps_names else 'do **not** keep'} their "
        f"names. So the fit would {'be' if shown else '**not** be'} shown.",
        "",
        f"Mean squared error of the probability of having dropped off: {brier}.",
        "",
        f"The fit took {evaluation.seconds:.0f} s on a machine shared with other work.",
        "",
    ]
    return "\n".join(lines)


def _choices(seed: int) -> str:
    rows = ["| | " + " | ".join(world.name for world in (WELL_SPECIFIED, MISSPECIFIED, OTHER_STAGES)) + " |"]
    rows.append("|---|---:|---:|---:|")
    for name, (bounds, paces) in CHOICES.items():
        losses: list[str] = []
        for world, opens_count in RUNS[:3]:
            seen = known_stages(world, CHOICE_CUSTOMERS, seed, opens_count=opens_count).seen
            evidence = rule_evidence(world, opens_count=opens_count)
            states = last_said(said(evidence, seen), seen) + 1
            losses.append(f"{compare_foresight(seen, states, evidence, bounds, paces).log_loss:.3f}")
        rows.append(f"| {name} | {' | '.join(losses)} |")
    return "\n".join(rows)


def _restarts(seed: int) -> str:
    """How much better the best of several random starts is than the start from the rules."""
    rng = np.random.default_rng(seed)
    lines: list[str] = []
    for world, opens_count in RUNS[:3]:
        known = known_stages(world, CHOICE_CUSTOMERS, seed, opens_count=opens_count)
        parts = known.seen.sequences()
        prior = prior_of_rules(rule_evidence(world, opens_count=opens_count), parts, Spans(PIECEWISE))
        best = fit_stages(parts, prior).objectives[-1]
        starts = [
            replace(
                prior.process, emission=np.array([rng.dirichlet(50.0 * row + 0.5) for row in prior.process.emission])
            )
            for _ in range(RESTARTS)
        ]
        others = [fit_process(parts, prior, process=start).objectives[-1] for start in starts]
        gains = [(other - best) / len(known.seen) for other in others]
        lines.append(f"* {world.name}: {', '.join(f'{gain:+.4f}' for gain in sorted(gains))}")
    return "\n".join(lines)


def _confusion(evaluation: Evaluation) -> str:
    counts = evaluation.scores[FITTED].confusion
    rows = [
        f"| {stage} | {' | '.join(f'{share:.2f}' for share in row / row.sum())} |"
        for stage, row in zip(STAGES, counts, strict=True)
    ]
    return "\n".join(["| true stage | " + " | ".join(STAGES) + " |", "|---|" + "---:|" * len(STAGES), *rows])


TEMPLATE = """# How well stages are inferred

Written by `make evaluate`: {customers} customers to fit to without their stages, as many others to score, seed {seed}.
The numbers of the worlds were fixed before anything was fitted to them. How the fit works was settled while looking at
them, with other seeds. Words: [glossary](../GLOSSARY.md). Why it is as it is: [ADR 24](adr/0024-hidden-stages.md).

{promises}

## What is compared

* **Rules** by event type: of each touchpoint alone; the last one that said something; the furthest one so far.
* **Filter, true numbers**: the probability of each stage by what was seen so far, from the numbers that the world was
  made with; without gaps, with them, and in hindsight. In the same class nothing can be better. Where a world has what
  no process of the class has (all that is wrong with *another class*), it knows nothing of that, and can be beaten.
* **Fitted filter**: the same after a fit without labels. For what looks ahead, the filter counts, not hindsight.

*Another class* is run twice: e-mail opens are no interactions by default, because machines open e-mails, and the second
run shows why. What machines do can be foretold so well that a fit makes a stage of it. So it takes more than a better
log-loss to be shown: the event types of a stage's rules must still be likeliest in the stage of that name.

Calibration error: how far the probability of the likeliest stage is from the share that is right, by tenths. Entry: the
median error of when a stage or a later one was first reached. Funnel error: mean error of the shares of customers who
reached a stage or a later one; for filters from the probability of having reached it, for the others, and without gaps
or in hindsight, from the stages shown.

## Worlds

{worlds}
Confusion of the fitted filter in the same class, as shares of each true stage:

{confusion}

## Choices

Log-loss of later touchpoints in nats, lower is better, {choice_customers} customers:

{choices}

What {restarts_count} random starts gain over the start from the rules, in nats of the objective per touchpoint (above
0 is better):

{restarts}
""".replace("{choice_customers}", f"{CHOICE_CUSTOMERS:,}").replace("{restarts_count}", str(RESTARTS))

if __name__ == "__main__":
    main()
