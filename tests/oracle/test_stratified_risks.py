"""Risks put together over strata equal those of looking at each subject; where nothing is to be found, little is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.precursors.stratified_risks import StratifiedRisks, stratified_risks

SUBJECT = tuple[int, bool, bool]
SUBJECTS = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=40)


def risks(subjects: list[SUBJECT]) -> StratifiedRisks:
    """Of one thing, from the stratum of each subject, whether it has it, and whether it is lost."""
    strata = sorted({stratum for stratum, has, _ in subjects if has})

    def count(stratum: int, *, has: bool, lost: bool) -> int:
        return sum(one[0] == stratum and one[1] == has and (one[2] or not lost) for one in subjects)

    counts = [
        np.array([count(stratum, has=has, lost=lost) for stratum in strata], dtype=np.int64)
        for has in (True, False)
        for lost in (False, True)
    ]
    return stratified_risks(np.zeros(len(strata), dtype=np.int64), *counts, 1)


@settings(max_examples=300, deadline=None)
@given(SUBJECTS)
def test_the_rate_of_the_comparable_is_the_mean_over_the_exposed_of_the_rate_in_their_stratum(
    subjects: list[SUBJECT],
) -> None:
    others: dict[int, list[bool]] = {}
    for stratum, has, lost in subjects:
        if not has:
            others.setdefault(stratum, []).append(lost)
    exposed = [(stratum, lost) for stratum, has, lost in subjects if has and stratum in others]
    found = risks(subjects)
    assert (found.exposed[0], found.lost[0]) == (len(exposed), sum(lost for _, lost in exposed))
    if not exposed:
        assert np.isnan(found.difference[0])
        return
    expected = float(np.mean([np.mean(others[stratum]) for stratum, _ in exposed]))
    rate = float(np.mean([lost for _, lost in exposed]))
    assert (found.rate[0], found.comparable_rate[0]) == pytest.approx((rate, expected))
    assert found.difference_low[0] <= rate - expected + 1e-12
    assert rate - expected - 1e-12 <= found.difference_high[0]


def simulated(seed: int, *, extra: float) -> list[SUBJECT]:
    """In first sessions half are lost and few have a signal, later on one in ten, and half have one."""
    random = np.random.default_rng(seed)
    found: list[SUBJECT] = []
    for _ in range(800):
        stratum = int(random.random() < 0.5)
        has = bool(random.random() < (0.1, 0.5)[stratum])
        found.append((stratum, has, bool(random.random() < (0.5, 0.1)[stratum] + extra * has)))
    return found


def test_a_signal_of_later_sessions_is_not_taken_for_a_good_one() -> None:
    """Taken together, those with the signal are lost far less often; in each stratum they are as the others."""
    worlds = [simulated(seed, extra=0) for seed in range(60)]
    crude = [
        np.mean([lost for _, has, lost in world if has]) - np.mean([lost for _, has, lost in world if not has])
        for world in worlds
    ]
    found = [risks(world) for world in worlds]
    assert np.mean(crude) < -0.15
    assert abs(np.mean([one.difference[0] for one in found])) < 0.01
    assert sum(one.p_value[0] < 0.05 for one in found) <= 8
    assert sum(one.difference_low[0] <= 0 <= one.difference_high[0] for one in found) >= 52


def test_a_planted_excess_is_found_and_lies_in_its_interval() -> None:
    found = [risks(simulated(seed, extra=0.2)) for seed in range(20)]
    assert all(one.p_value[0] < 0.01 for one in found)
    assert sum(one.difference_low[0] <= 0.2 <= one.difference_high[0] for one in found) >= 17
