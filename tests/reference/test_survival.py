"""Survival curves of a published trial, and competing risks worked out by hand in fractions."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from journey_analytics.analysis.survival.competing_risks import cumulative_incidence
from journey_analytics.analysis.survival.log_rank import log_rank
from journey_analytics.analysis.survival.survival import kaplan_meier, survival_summary

FOLDER = Path(__file__).parent / "journeys/survival"
GROUPS = {"freireich_6mp": "6-MP", "freireich_placebo": "placebo"}
PUBLISHED = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


@pytest.fixture(scope="module")
def curves() -> pl.DataFrame:
    trial = pl.read_csv(FOLDER / "freireich.csv").sample(fraction=1, shuffle=True, seed=2)
    return kaplan_meier(trial, is_observed="event", by=["group"])


@pytest.mark.parametrize("name", GROUPS)
def test_survival_curves_are_exact(name: str, curves: pl.DataFrame) -> None:
    expected = read("expected_km_freireich.json")[name]
    start, *table = expected["table"]
    assert (start["t"], start["S"], start["at_risk"]) == (0, 1, expected["n"])
    rows = curves.filter(pl.col("group") == GROUPS[name]).rows(named=True)
    names = {
        "t": "duration", "S": "survival_rate", "ci_lo": "survival_low", "ci_hi": "survival_high", "at_risk": "at_risk_count",
        "observed": "observed_count", "censored": "censored_count", "nelson_aalen": "cumulative_hazard",
    }  # fmt: skip
    assert len(rows) == len(table)
    for row, figures in zip(rows, table, strict=True):
        assert {key: row[column] for key, column in names.items()} == pytest.approx(figures, rel=1e-9)


@pytest.mark.parametrize("name", GROUPS)
def test_their_sums_are_exact(name: str, curves: pl.DataFrame) -> None:
    expected = read("expected_km_freireich.json")[name]
    found = survival_summary(curves, by=["group"]).filter(pl.col("group") == GROUPS[name]).row(0, named=True)
    assert (found["subjects_count"], found["observed_count"]) == (expected["n"], expected["events"])
    assert (found["median"], found["longest"]) == (expected["median"], expected["max_t"])
    assert found["mean_until_longest"] == pytest.approx(expected["rmst_to_max_t"], rel=1e-9)


def test_the_trial_is_as_published(curves: pl.DataFrame) -> None:
    treated = curves.filter(pl.col("group") == "6-MP")
    found = dict(treated.select("duration", "survival_rate").iter_rows())
    assert {time: found[time] for time in PUBLISHED} == pytest.approx(PUBLISHED, abs=5e-5)


def test_the_log_rank_test_of_the_trial_is_as_published() -> None:
    trial = pl.read_csv(FOLDER / "freireich.csv").sample(fraction=1, shuffle=True, seed=2)
    found = log_rank(trial, is_observed="event")
    assert found.statistic == pytest.approx(16.793, abs=5e-4)
    assert found.p_value == pytest.approx(4.17e-5, abs=5e-7)
    assert found.groups["observed_count"].to_list() == [9, 21]
    assert found.groups["expected_count"].sum() == pytest.approx(30)


def test_competing_risks_are_exact() -> None:
    toy = pl.read_csv(FOLDER / "competing_toy.csv").sample(fraction=1, shuffle=True, seed=2)
    found = cumulative_incidence(toy.with_columns(pl.col("cause").replace(0, None)))
    table = read("expected_competing_toy.json")["table"]
    for cause in (1, 2):
        rows = found.filter(pl.col("cause") == cause).rows(named=True)
        assert [row["at_risk_count"] for row in rows] == [figures["at_risk"] for figures in table]
        for row, figures in zip(rows, table, strict=True):
            assert row["duration"] == figures["t"]
            assert row["undecided_rate"] == pytest.approx(float(Fraction(figures["S"])), rel=1e-9)
            assert row["incidence_rate"] == pytest.approx(float(Fraction(figures[f"cif{cause}"])), rel=1e-9)
            assert row["incidence_low"] <= row["incidence_rate"] <= row["incidence_high"]
