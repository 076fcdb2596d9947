from itertools import pairwise, product
from math import exp

import numpy as np
import pytest

from journey_analytics.analysis.hidden_stages.fitting import expect
from journey_analytics.analysis.hidden_stages.process import StageProcess
from journey_analytics.analysis.hidden_stages.seeing import Seen, see
from tests.unit.analysis.hidden_stages.processes import random_observations, random_process

Path = tuple[float, tuple[int, ...], bool]


def every_path(process: StageProcess, symbols: list[int], days: list[float], silence: float) -> list[Path]:
    """Every pace and path of states, and whether the customer drops off after it, with its density: by definition."""

    def hazard(state: int, gap: float, pace: float) -> tuple[float, float]:
        total, lower = 0.0, 0.0
        for place, upper in enumerate([*process.spans.bounds, float("inf")]):
            rate = pace * process.rates[state, place]
            if gap <= upper:
                return total + rate * (gap - lower), rate
            total, lower = total + rate * (upper - lower), upper
        raise AssertionError

    found: list[Path] = []
    for pace, share in zip(process.paces, process.pace_shares, strict=True):
        for path in product(range(process.states_count), repeat=len(symbols)):
            density = share * process.start[path[0]] * process.emission[path[0], symbols[0]]
            for place, (before, now) in enumerate(pairwise(path), start=1):
                waited, rate = hazard(now, days[place] - days[place - 1], pace)
                density *= (1 - process.drop[before]) * process.move[before, now] * rate * exp(-waited)
                density *= process.emission[now, symbols[place]]
            stays = sum(
                process.move[path[-1], now] * exp(-hazard(now, silence, pace)[0]) for now in range(process.states_count)
            )
            found.append((density * process.drop[path[-1]], path, True))
            found.append((density * (1 - process.drop[path[-1]]) * stays, path, False))
    return found


@pytest.fixture(scope="module", params=range(3))
def case(request: pytest.FixtureRequest) -> tuple[Seen, list[list[Path]]]:
    """Three customers seen, and all paths of each."""
    rng = np.random.default_rng(request.param)
    process, seen = random_process(rng), random_observations(rng, [2, 4, 3])
    (part,) = seen.sequences()
    paths = [
        every_path(process, seen.symbol[rows].tolist(), seen.day[rows].tolist(), seen.watermark - seen.day[rows][-1])
        for rows in (seen.customer == customer for customer in part.customer)
    ]
    return see(process, part), paths


def share(paths: list[Path], holds: object) -> float:
    return sum(path[0] for path in paths if holds(path)) / sum(path[0] for path in paths)


def test_likelihoods_are_the_sum_over_all_paths(case: tuple[Seen, list[list[Path]]]) -> None:
    seen, paths = case
    expected = [np.log(sum(path[0] for path in of_customer)) for of_customer in paths]
    np.testing.assert_allclose(seen.log_likelihoods(), expected, rtol=1e-12)


def test_drop_off_is_as_likely_as_the_paths_that_end_with_it(case: tuple[Seen, list[list[Path]]]) -> None:
    seen, paths = case
    expected = [share(of_customer, lambda path: path[2]) for of_customer in paths]
    np.testing.assert_allclose(seen.drop_off_probability(), expected, rtol=1e-12)


def test_a_stage_was_reached_as_likely_as_by_the_paths_that_touch_it_or_a_later_one(
    case: tuple[Seen, list[list[Path]]],
) -> None:
    seen, paths = case
    for stage in range(2):
        expected = [
            share(of_customer, lambda path: any(stage <= state < 2 for state in path[1]))  # noqa: B023
            for of_customer in paths
        ]
        np.testing.assert_allclose(seen.reached_probability()[stage], expected, rtol=1e-9)


def test_stages_in_hindsight_and_expected_counts_are_those_of_all_paths(case: tuple[Seen, list[list[Path]]]) -> None:
    seen, paths = case
    counts = expect(seen.process, seen.sequences)
    expected_drops = [
        sum(share(of_customer, lambda path: path[2] and path[1][-1] == state) for of_customer in paths)  # noqa: B023
        for state in range(3)
    ]
    np.testing.assert_allclose(counts.drop[:, 0], expected_drops, rtol=1e-12)
    last = [share(of_customer, lambda path: path[1][-1] == 1) for of_customer in paths]
    smoothed = seen.process.of_states(seen.smoothed[0])[1, seen.sequences.last]
    np.testing.assert_allclose(smoothed, last, rtol=1e-12)
    # Every touchpoint but a customer's first ends a gap, and one that has not ended yet has a state, too.
    stays = sum(share(of_customer, lambda path: not path[2]) for of_customer in paths)
    assert counts.move.sum() == pytest.approx(len(seen.sequences) - 3 + stays)


def test_the_likeliest_path_is_the_one_with_the_greatest_density(case: tuple[Seen, list[list[Path]]]) -> None:
    seen, paths = case
    path = seen.path()
    steps = list(seen.sequences.steps())
    for column, of_customer in enumerate(paths):
        by_pace = {}
        for place, (density, states, _) in enumerate(of_customer):
            key = (place // (len(of_customer) // 2), states)
            by_pace[key] = by_pace.get(key, 0.0) + density
        best = max(by_pace, key=lambda key: by_pace[key])[1]
        found = [path[begin + column] for begin, end in steps if column < end - begin]
        assert found == list(best)


def test_what_is_known_of_a_customer_does_not_depend_on_who_else_is_there() -> None:
    rng = np.random.default_rng(7)
    process, everybody = random_process(rng), random_observations(rng, rng.integers(1, 9, 203).tolist())
    together = np.empty((2, len(everybody)))
    for part in everybody.sequences():
        together[:, part.row] = see(process, part).stages()
    for customer in (0, 17, 202):
        rows = everybody.customer == customer
        alone = type(everybody)(
            everybody.customer[rows], everybody.day[rows], everybody.symbol[rows], everybody.symbols, 203,
            everybody.watermark,
        )  # fmt: skip
        (part,) = alone.sequences()
        assert see(process, part).stages().tolist() == together[:, rows].tolist()


def test_what_comes_later_does_not_change_what_was_known() -> None:
    rng = np.random.default_rng(8)
    process, seen = random_process(rng), random_observations(rng, [9, 6, 4])
    earlier = seen.until(6.0)
    before, after = np.empty((2, len(earlier))), np.empty((2, len(seen)))
    for of, known in ((earlier, before), (seen, after)):
        for part in of.sequences():
            known[:, part.row] = see(process, part).stages()
    assert before.tolist() == after[:, seen.day <= 6.0].tolist()


def test_a_gap_of_years_rules_no_stage_out() -> None:
    rng = np.random.default_rng(9)
    process, seen = random_process(rng), random_observations(rng, [3])
    seen.day[1:] += 10_000.0
    (part,) = seen.sequences()
    known = see(process, part)
    assert np.isfinite(known.log_likelihoods()).all()
    assert known.known.filtered.sum(axis=0).tolist() == pytest.approx([1.0, 1.0, 1.0])
