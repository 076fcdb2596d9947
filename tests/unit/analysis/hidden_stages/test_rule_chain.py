from math import exp, log

import numpy as np
import pytest

from journey_analytics.analysis.hidden_stages.foresight import compare_foresight, later_log_likelihoods, split_day
from journey_analytics.analysis.hidden_stages.gaps import Spans
from journey_analytics.analysis.hidden_stages.process import StageProcess
from journey_analytics.analysis.hidden_stages.rule_chain import RuleChain, fit_rule_chain
from journey_analytics.analysis.hidden_stages.rule_stages import furthest_said, last_said, said
from journey_analytics.simulate.stage_evaluation import known_stages, rule_evidence, true_process
from journey_analytics.simulate.stage_worlds import WELL_SPECIFIED
from tests.unit.analysis.hidden_stages.processes import random_observations


def test_the_likelihood_of_a_rule_chain_is_that_of_symbols_gaps_and_silence() -> None:
    seen = random_observations(np.random.default_rng(1), [2], symbols=2)
    (part,) = seen.sequences()
    process = StageProcess(
        2, np.ones(2), np.eye(2), np.array([0.1, 0.3]), np.ones((2, 2)), np.array([[0.5], [2.0]]), Spans(())
    )
    next_seen = np.random.default_rng(2).dirichlet(np.ones(4), 3).reshape(3, 2, 2)
    gap, silence = part.gap[1], part.silence[0]
    first, second = seen.symbol
    expected = log(next_seen[2, first].sum())
    expected += log(
        0.7 * sum(next_seen[1, second, state] * rate * exp(-rate * gap) for state, rate in ((0, 0.5), (1, 2.0)))
    )
    still = sum(next_seen[0, :, state].sum() * exp(-rate * silence) for state, rate in ((0, 0.5), (1, 2.0)))
    expected += log(0.1 + 0.9 * still)
    found = RuleChain(next_seen, process).log_likelihoods(part, np.array([1, 0]))
    assert found.tolist() == pytest.approx([expected])


def test_a_rule_chain_counts_what_follows_each_stage() -> None:
    known = known_stages(WELL_SPECIFIED, 300, 2)
    states = last_said(said(rule_evidence(WELL_SPECIFIED), known.seen), known.seen) + 1
    parts = known.seen.sequences()
    chain = fit_rule_chain(parts, [states[part.row] for part in parts], 6, len(known.seen.symbols), Spans(()))
    assert chain.next_seen.sum(axis=(1, 2)).tolist() == pytest.approx([1.0] * 7)
    before, now = states[:-1], states[1:]
    follows = np.diff(known.seen.customer) == 0
    after_purchase_stage = follows & (before == 2)
    share = (now[after_purchase_stage] == 1).mean()
    assert chain.next_seen[2].sum(axis=0)[1] == pytest.approx(share, abs=0.01)


def test_rules_carry_the_last_or_the_furthest_stage_within_a_customer() -> None:
    seen = random_observations(np.random.default_rng(3), [4, 2])
    stages = np.array([-1, 2, 0, -1, -1, 1])
    assert last_said(stages, seen).tolist() == [-1, 2, 0, 0, -1, 1]
    assert furthest_said(stages, seen).tolist() == [0, 2, 2, 2, 0, 1]


def test_who_does_nothing_later_is_judged_by_the_longer_silence() -> None:
    seen = known_stages(WELL_SPECIFIED, 200, 4).seen
    day = split_day(seen)
    found = later_log_likelihoods(true_process(WELL_SPECIFIED), seen, seen.until(day))
    later = np.bincount(seen.customer[seen.day > day], minlength=seen.customers_count)
    assert (found[later == 0] <= 1e-12).all()
    assert (found[later == 0] < -1e-3).any()
    assert later.sum() == pytest.approx(0.2 * len(seen), abs=1)


def test_a_world_with_stages_gains_more_than_symbols_drawn_at_random() -> None:
    seen = known_stages(WELL_SPECIFIED, 800, 6).seen
    # Symbols drawn anew hide nothing: what comes next depends on no stage.
    drawn = np.random.default_rng(1).integers(0, len(seen.symbols), len(seen))
    noise = type(seen)(seen.customer, seen.day, drawn, seen.symbols, seen.customers_count, seen.watermark)
    evidence = rule_evidence(WELL_SPECIFIED)
    states = last_said(said(evidence, noise), noise) + 1
    of_noise, of_world = (
        compare_foresight(observations, of_rules, evidence)
        for observations, of_rules in (
            (noise, states),
            (seen, last_said(said(evidence, seen), seen) + 1),
        )
    )
    assert of_noise.events_count == of_world.events_count
    assert of_noise.gain.estimate < of_world.gain.estimate
    assert of_world.gain.low < of_world.gain.estimate < of_world.gain.high
    assert of_world.is_better
