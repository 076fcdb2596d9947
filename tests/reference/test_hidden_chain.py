"""A textbook's hidden Markov chain: likelihood, forward and backward values, posteriors and the likeliest path."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from journey_analytics.analysis.hidden_stages.chain import backward, forward, log_likelihoods, most_likely_paths
from journey_analytics.analysis.hidden_stages.sequences import Sequences, sequences_of

CASE: dict[str, Any] = json.loads((Path(__file__).parent / "hmm/textbook_fever.json").read_text())
STATES, SYMBOLS = list(CASE["pi"]), list(CASE["B"]["Healthy"])
START = np.array([CASE["pi"][state] for state in STATES])
STEP = np.array([[CASE["A"][state][following] for following in STATES] for state in STATES])
EMISSION = np.array([[CASE["B"][state][symbol] for symbol in SYMBOLS] for state in STATES])
EXACT = {"rtol": 1e-12, "atol": 0.0}


def by_state(name: str) -> np.ndarray:
    return np.array([[values[state] for values in CASE[name]] for state in STATES])


@pytest.fixture(scope="module")
def one() -> Sequences:
    symbol = np.array([SYMBOLS.index(name) for name in CASE["obs"]])
    zeros = np.zeros(1, dtype=np.int64)
    return sequences_of(zeros, zeros, symbol, np.zeros(len(symbol)), np.zeros(1))[0]


def test_forward_values_and_likelihood_are_exact(one: Sequences) -> None:
    known = forward(START, STEP, EMISSION[:, one.symbol], one)
    np.testing.assert_allclose(known.filtered, by_state("filtered"), **EXACT)
    np.testing.assert_allclose(known.filtered * np.cumprod(known.scale), by_state("alpha"), **EXACT)
    likelihood = np.exp(log_likelihoods(known, np.ones((2, 1)), one))
    np.testing.assert_allclose(likelihood, [CASE["likelihood"]], **EXACT)


def test_backward_values_and_smoothed_posteriors_are_exact(one: Sequences) -> None:
    weights = EMISSION[:, one.symbol]
    known = forward(START, STEP, weights, one)
    smoothed, _ = backward(STEP, weights, np.ones((2, 1)), known, one)
    np.testing.assert_allclose(smoothed, by_state("smoothed"), **EXACT)
    to_come = np.append(np.cumprod(known.scale[:0:-1])[::-1], 1.0)
    np.testing.assert_allclose(smoothed / known.filtered * to_come, by_state("beta"), **EXACT)


def test_the_likeliest_path_is_exact(one: Sequences) -> None:
    path, log_probability = most_likely_paths(START, STEP, EMISSION[:, one.symbol], np.ones((2, 1)), one)
    assert [STATES[state] for state in path] == CASE["viterbi_path"]
    np.testing.assert_allclose(np.exp(log_probability), [CASE["viterbi_prob"]], **EXACT)
