"""Directly-follows counts of public logs and absorbing chains in exact fractions."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from journey_analytics.analysis.absorbing_chain import absorbing_chain
from journey_analytics.analysis.directly_follows import DirectlyFollows, directly_follows

JOURNEYS = Path(__file__).parent / "journeys"
LOGS = ("running-example", "receipt", "roadtraffic100")
CHAINS = ("drunkards_walk", "journey_chain")


def read(*parts: str) -> Any:
    return json.loads(JOURNEYS.joinpath(*parts).read_text())


@pytest.fixture(scope="module", params=LOGS)
def log(request: pytest.FixtureRequest) -> tuple[str, DirectlyFollows, pl.DataFrame]:
    """A log and what was found in it, from rows in random order."""
    events = pl.read_csv(JOURNEYS / request.param / "events.csv", schema_overrides={"case_id": pl.String})
    events = events.with_columns(pl.col("timestamp").str.to_datetime(time_zone="UTC"))
    shuffled = events.sample(fraction=1, shuffle=True, seed=11)
    found = directly_follows(shuffled, entity="case_id", activity="activity", at="timestamp", order=["event_index"])
    return request.param, found, events


def test_directly_follows_counts_are_exact(log: tuple[str, DirectlyFollows, pl.DataFrame]) -> None:
    name, found, _ = log
    expected = {(edge["from"], edge["to"]): edge["value"] for edge in read(name, "dfg.json")["dfg"]}
    counts = found.edges.select("from_activity", "to_activity", "transitions_count").iter_rows()
    assert {(source, target): count for source, target, count in counts} == expected


def test_starts_and_ends_are_exact(log: tuple[str, DirectlyFollows, pl.DataFrame]) -> None:
    name, found, _ = log
    expected = read(name, "dfg.json")
    assert dict(found.starts.iter_rows()) == expected["start_activities"]
    assert dict(found.ends.iter_rows()) == expected["end_activities"]


def test_times_between_events_are_exact(log: tuple[str, DirectlyFollows, pl.DataFrame]) -> None:
    name, found, _ = log
    rows = {(row["from_activity"], row["to_activity"]): row for row in found.edges.iter_rows(named=True)}
    for edge in read(name, "performance_dfg.json"):
        row = rows[edge["from"], edge["to"]]
        assert row["transitions_count"] == edge["n"]
        for statistic in ("mean", "median", "max", "min", "sum"):
            assert row[f"{statistic}_seconds"] == pytest.approx(edge[statistic], rel=1e-9, abs=1e-6)
        if edge["stdev"] is None:
            assert row["std_seconds"] is None
        else:
            assert row["std_seconds"] == pytest.approx(edge["stdev"], rel=1e-9, abs=1e-6)


def test_every_event_is_counted(log: tuple[str, DirectlyFollows, pl.DataFrame]) -> None:
    name, found, events = log
    summary = read(name, "summary.json")
    assert events.height == summary["n_events"]
    assert found.edges.height == summary["n_dfg_edges"]
    assert found.edges["transitions_count"].sum() == summary["sum_dfg"]
    assert found.starts["entities_count"].sum() == summary["n_cases"]


@pytest.mark.parametrize("name", CHAINS)
def test_absorbing_chain_is_exact(name: str) -> None:
    expected = read("absorbing", f"{name}.json")
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
