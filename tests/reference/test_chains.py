"""Absorbing Markov chains in exact fractions."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from journey_analytics.analysis.chains.absorbing_chain import absorbing_chain

CHAINS = ("drunkards_walk", "journey_chain")
FOLDER = Path(__file__).parent / "journeys/absorbing"


@pytest.mark.parametrize("name", CHAINS)
def test_absorbing_chain_is_exact(name: str) -> None:
    expected = json.loads((FOLDER / f"{name}.json").read_text())
    steps = {(step["from"], step["to"]): float(Fraction(step["p"])) for step in reversed(expected["P"])}
    chain = absorbing_chain(steps, expected["absorbing"])
    rows = [chain.transient.index(state) for state in expected["transient"]]
    grid = np.ix_(rows, rows)
    close = {"rtol": 1e-9, "atol": 1e-12}
    fundamental = [[float(Fraction(value)) for value in row] for row in expected["N_fundamental"]]
    np.testing.assert_allclose(chain.fundamental[grid], fundamental, **close)
    steps_expected = [float(Fraction(value)) for value in expected["expected_steps"]]
    np.testing.assert_allclose(chain.expected_steps[rows], steps_expected, **close)
    np.testing.assert_allclose(chain.variance_steps[rows], expected["var_steps_float"], **close)
    np.testing.assert_allclose(chain.visit_probability[grid], expected["prob_ever_visit_from_i_to_j_H"], **close)
    for state, row in zip(expected["transient"], rows, strict=True):
        for column, end in enumerate(chain.absorbing):
            wanted = float(Fraction(expected["absorption_prob"][state][end]))
            assert chain.absorption[row, column] == pytest.approx(wanted, rel=1e-9)
