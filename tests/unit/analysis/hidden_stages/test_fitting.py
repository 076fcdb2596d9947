import numpy as np
import pytest

from journey_analytics.analysis.hidden_stages.fitting import expect, fit_process, fit_stages, maximize
from journey_analytics.analysis.hidden_stages.gaps import PIECEWISE, Spans
from journey_analytics.analysis.hidden_stages.leaps import leap
from journey_analytics.analysis.hidden_stages.priors import keeps_names, prior_of_rules
from journey_analytics.simulate.stage_evaluation import Known, known_stages, rule_evidence, true_process
from journey_analytics.simulate.stage_worlds import WELL_SPECIFIED


@pytest.fixture(scope="module")
def world() -> Known:
    return known_stages(WELL_SPECIFIED, 400, 3)


def test_each_iteration_makes_the_observations_likelier(world: Known) -> None:
    parts = world.seen.sequences()
    prior = prior_of_rules(rule_evidence(WELL_SPECIFIED), parts, Spans(PIECEWISE))
    fit = fit_process(parts, prior, most_rounds=8)
    rounds = np.array(fit.objectives).reshape(-1, 3)
    assert (np.diff(rounds, axis=1) > 0).all()
    assert (np.diff(rounds[:, 0]) > 0).all()


def test_the_same_observations_give_the_same_fit(world: Known) -> None:
    parts = world.seen.sequences()
    evidence = rule_evidence(WELL_SPECIFIED)
    fits = [fit_process(parts, prior_of_rules(evidence, parts, Spans(())), most_rounds=3) for _ in range(2)]
    assert fits[0].objectives == fits[1].objectives
    assert fits[0].process.emission.tolist() == fits[1].process.emission.tolist()


def test_moves_back_by_two_stages_and_between_people_and_machines_stay_impossible(world: Known) -> None:
    parts = world.seen.sequences()
    fit = fit_process(parts, prior_of_rules(rule_evidence(WELL_SPECIFIED), parts, Spans(())), most_rounds=3)
    impossible = [(2, 0), (3, 0), (3, 1), (4, 2), (0, 5), (4, 5), (5, 0)]
    assert [fit.process.move[move] for move in impossible] == [0.0] * 7


def test_expected_counts_account_for_every_touchpoint_and_every_day(world: Known) -> None:
    (part,) = world.seen.sequences()
    counts = expect(true_process(WELL_SPECIFIED), part)
    assert counts.emission.sum() == pytest.approx(len(part))
    assert counts.start.sum() == pytest.approx(part.customers_count)
    assert counts.returns.sum() == pytest.approx(len(part) - part.customers_count)
    assert counts.drop.sum() == pytest.approx(len(part))
    assert part.gap.sum() < counts.exposure.sum() < part.gap.sum() + part.silence.sum()


def test_where_stages_are_known_a_fit_counts_them(world: Known) -> None:
    (part,) = world.seen.sequences()
    prior = prior_of_rules(rule_evidence(WELL_SPECIFIED), [part], Spans(()), (1.0,))
    stages = world.stage[part.row]
    counts = expect(prior.process, part, stages)
    seen = np.zeros((6, len(world.seen.symbols)))
    np.add.at(seen, (stages, part.symbol), 1.0)
    np.testing.assert_allclose(counts.emission, seen, atol=1e-9)


def test_a_leap_from_where_nothing_changes_stays_there() -> None:
    process = true_process(WELL_SPECIFIED)
    assert leap(process, process, process) is process


def test_a_leap_goes_beyond_where_steps_lead_and_stays_a_process(world: Known) -> None:
    parts = world.seen.sequences()
    prior = prior_of_rules(rule_evidence(WELL_SPECIFIED), parts, Spans(()))
    first = prior.process
    second = maximize(expect(first, parts[0]), prior)
    third = maximize(expect(second, parts[0]), prior)
    far = leap(first, second, third)
    assert np.abs(far.emission - first.emission).sum() > np.abs(third.emission - first.emission).sum()
    for probabilities in (far.start, far.move, far.emission):
        assert probabilities.sum(axis=-1) == pytest.approx(1.0)
    assert (far.rates > 0).all()


def test_with_more_customers_than_are_needed_some_are_fitted_first_and_then_all(
    world: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = world.seen.sequences()
    prior = prior_of_rules(rule_evidence(WELL_SPECIFIED), parts, Spans(()), (1.0,))
    at_once = fit_stages(parts, prior)
    monkeypatch.setattr("journey_analytics.analysis.hidden_stages.fitting.ENOUGH_CUSTOMERS", 150)
    in_turn = fit_stages(parts, prior)
    assert at_once.is_settled
    assert in_turn.objectives[0] != at_once.objectives[0]
    assert in_turn.objectives[-1] == pytest.approx(at_once.objectives[-1], rel=1e-3)


def test_stages_keep_their_names_only_where_the_rules_symbols_are_likeliest() -> None:
    process, evidence = true_process(WELL_SPECIFIED), rule_evidence(WELL_SPECIFIED)
    assert keeps_names(process, evidence)
    process.emission[[0, 4]] = process.emission[[4, 0]]
    assert not keeps_names(process, evidence)
