"""Analyses of sequences equal slow ones on random events with ties, repeats and missing values, in any order of rows."""

from datetime import timedelta
from random import Random
from statistics import mean, median, stdev
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.paths.conformance import conformance
from journey_analytics.analysis.paths.directly_follows import directly_follows
from journey_analytics.analysis.paths.eventually_follows import eventually_follows
from journey_analytics.analysis.paths.rework import rework
from journey_analytics.analysis.paths.stage_moves import stage_moves
from journey_analytics.analysis.paths.variants import variants
from tests.oracle import slow_sequences as slow
from tests.strategies import START, TINY

GAPS = (timedelta(0), timedelta(0), TINY, timedelta(minutes=30), timedelta(days=400))
SCHEMA = {
    "customer": pl.String, "entity": pl.String, "at": pl.Datetime("us", "UTC"), "tie": pl.Int64, "name": pl.String,
}  # fmt: skip
COLUMNS: dict[str, Any] = {"entity": "entity", "time": "at", "event": "name", "order": ["tie"]}
FEW: dict[str, Any] = COLUMNS | {"customer": "customer", "replicates": 20}


@st.composite
def logs(draw: st.DrawFn) -> pl.DataFrame:
    """Events of up to four entities of two customers, and of none, in any order of rows."""
    rows: list[dict[str, Any]] = []
    clocks = dict.fromkeys(("a1", "a2", "b1", "b2", None), START)
    for _ in range(draw(st.integers(0, 25))):
        entity = draw(st.sampled_from(("a1", "a1", "a2", "b1", "b2", None)))
        clocks[entity] += draw(st.sampled_from(GAPS))
        at = None if draw(st.integers(0, 19)) == 0 else clocks[entity]
        name = None if draw(st.integers(0, 19)) == 0 else draw(st.sampled_from("aabbcd"))
        tie = draw(st.sampled_from((None, 1, 2)))
        rows.append({"customer": entity and entity[0], "entity": entity, "at": at, "tie": tie, "name": name})
    Random(draw(st.integers())).shuffle(rows)
    return pl.DataFrame(rows, schema=SCHEMA)


@settings(max_examples=100, deadline=None)
@given(logs())
def test_what_follows_what_equals_the_slow_count(log: pl.DataFrame) -> None:
    cases = slow.in_order(log.to_dicts())
    found = directly_follows(log, **FEW)
    expected = slow.edges(cases)
    rows = {(row["from_event"], row["to_event"]): row for row in found.edges.iter_rows(named=True)}
    assert list(rows) == sorted(expected)
    for edge, (seconds, entities) in expected.items():
        row = rows[edge]
        counts = row["transitions_count"], row["entities_count"], row["customers_count"]
        assert counts == (len(seconds), len(entities), len({entity[0] for entity in entities}))
        assert row["from_count"] == sum(name == edge[0] for steps in cases.values() for _, name in steps)
        assert row["transition_rate"] == len(seconds) / row["from_count"]
        assert row["transition_low"] <= row["transition_high"]
        assert row["mean_seconds"] == pytest.approx(mean(seconds), abs=1e-6)
        assert row["median_seconds"] == pytest.approx(median(seconds), abs=1e-6)
        assert row["std_seconds"] == (pytest.approx(stdev(seconds), abs=1e-6) if len(seconds) > 1 else None)
    starts = [steps[0][1] for steps in cases.values()]
    assert dict(found.starts.select("event", "entities_count").iter_rows()) == {
        name: starts.count(name) for name in starts
    }


@settings(max_examples=100, deadline=None)
@given(logs(), st.sampled_from((None, 2)))
def test_variants_equal_the_slow_ones(log: pl.DataFrame, top: int | None) -> None:
    expected = slow.paths(slow.in_order(log.to_dicts()))
    ranked = sorted(expected.items(), key=lambda one: (-one[1], one[0]))[:top]
    found = variants(log, **FEW, top=top)
    assert [(tuple(path), count) for path, count in found.select("path", "entities_count").rows()] == ranked
    assert found["events_count"].to_list() == [len(path) for path, _ in ranked]
    if ranked:
        covered = sum(count for _, count in ranked) / expected.total()
        assert found["coverage_rate"][-1] == pytest.approx(covered)


@settings(max_examples=100, deadline=None)
@given(logs())
def test_rework_and_later_events_equal_the_slow_counts(log: pl.DataFrame) -> None:
    cases = slow.in_order(log.to_dicts())
    columns = ("entities_count", "rework_count", "repeats_count", "loops_count", "least_distance")
    found = rework(log, **FEW)
    assert {row[0]: row[1:] for row in found.select("event", *columns).iter_rows()} == slow.repetitions(cases)
    pairs = eventually_follows(log, **FEW)
    counts = pairs.select("from_event", "to_event", "pairs_count", "entities_count").rows()
    assert {(one, other): (count, entities) for one, other, count, entities in counts} == slow.later_pairs(cases)
    having = {name: count for name, (count, *_) in slow.repetitions(cases).items()}
    assert pairs["from_count"].to_list() == [having[name] for name in pairs["from_event"]]


@settings(max_examples=100, deadline=None)
@given(logs(), st.lists(st.sampled_from("abce"), min_size=1, max_size=6))
def test_conformance_equals_the_slow_one(log: pl.DataFrame, path: list[str]) -> None:
    cases = slow.in_order(log.to_dicts())
    found = conformance(log, path, **FEW)
    assert found.entities["entity"].to_list() == sorted(cases)
    names = [[name for _, name in cases[entity]] for entity in sorted(cases)]
    common = [slow.common_length(own, path) for own in names]
    assert found.entities["common_count"].to_list() == common
    costs = [len(own) + len(path) - 2 * shared for own, shared in zip(names, common, strict=True)]
    fitness = [1 - cost / (len(own) + len(path)) for own, cost in zip(names, costs, strict=True)]
    assert found.entities["fitness"].to_list() == pytest.approx(fitness)
    if costs:
        log_fitness = 1 - sum(costs) / sum(len(own) + len(path) for own in names)
        estimates = [costs.count(0) / len(costs), mean(fitness), log_fitness]
        assert found.summary["estimate"].to_list() == pytest.approx(estimates)


@settings(max_examples=100, deadline=None)
@given(logs(), st.permutations(["a", "b", "c", "z"]))
def test_moves_equal_the_slow_ones(log: pl.DataFrame, stages: list[str]) -> None:
    expected = slow.moves(slow.in_order(log.to_dicts()), stages)
    found = stage_moves(log, stages, **FEW)
    assert found.height == 5 * len(stages)
    counts = {(stage, move): count for stage, move, count in found.select("stage", "move", "moves_count").iter_rows()}
    assert {key: count for key, count in counts.items() if count} == dict(expected)
    known = found.filter(pl.col("from_count") > 0)
    assert known["move_rate"].sum() == pytest.approx(known["stage"].n_unique())
    assert found.filter(pl.col("from_count") == 0)["move_rate"].null_count() == found.height - known.height


@settings(max_examples=50, deadline=None)
@given(logs(), st.integers())
def test_the_order_of_rows_is_nothing(log: pl.DataFrame, seed: int) -> None:
    rows = log.to_dicts()
    Random(seed).shuffle(rows)
    other = pl.DataFrame(rows, schema=SCHEMA)
    for analysis in (variants, rework, eventually_follows, lambda *args, **more: directly_follows(*args, **more).edges):
        assert analysis(log, **FEW).equals(analysis(other, **FEW))
