"""What follows what, variants, rework, conformance in public logs, as others counted it; from rows in random order."""

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from journey_analytics.analysis.paths.conformance import conformance
from journey_analytics.analysis.paths.directly_follows import DirectlyFollows, directly_follows
from journey_analytics.analysis.paths.eventually_follows import eventually_follows
from journey_analytics.analysis.paths.rework import rework
from journey_analytics.analysis.paths.variants import variants

JOURNEYS = Path(__file__).parent / "journeys"
LOGS = ("running-example", "receipt", "roadtraffic100")
COLUMNS: dict[str, Any] = {"entity": "case_id", "time": "timestamp", "event": "activity", "order": ["event_index"]}


def read(*parts: str) -> Any:
    path = JOURNEYS.joinpath(*parts)
    packed = path.with_name(path.name + ".gz")
    return json.loads(gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes())


@pytest.fixture(scope="module", params=LOGS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def events(name: str) -> pl.DataFrame:
    """A log with its rows in random order."""
    events = pl.read_csv(JOURNEYS / name / "events.csv", schema_overrides={"case_id": pl.String})
    events = events.with_columns(pl.col("timestamp").str.to_datetime(time_zone="UTC"))
    return events.sample(fraction=1, shuffle=True, seed=11)


@pytest.fixture(scope="module")
def follows(events: pl.DataFrame) -> DirectlyFollows:
    return directly_follows(events, **COLUMNS)


def test_directly_follows_counts_are_exact(name: str, follows: DirectlyFollows) -> None:
    expected = {(edge["from"], edge["to"]): edge["value"] for edge in read(name, "dfg.json")["dfg"]}
    counts = follows.edges.select("from_event", "to_event", "transitions_count").iter_rows()
    assert {(source, target): count for source, target, count in counts} == expected


def test_starts_and_ends_are_exact(name: str, follows: DirectlyFollows) -> None:
    expected = read(name, "dfg.json")
    assert dict(follows.starts.select("event", "entities_count").iter_rows()) == expected["start_activities"]
    assert dict(follows.ends.select("event", "entities_count").iter_rows()) == expected["end_activities"]


def test_times_between_events_are_exact(name: str, follows: DirectlyFollows) -> None:
    rows = {(row["from_event"], row["to_event"]): row for row in follows.edges.iter_rows(named=True)}
    for edge in read(name, "performance_dfg.json"):
        row = rows[edge["from"], edge["to"]]
        assert row["transitions_count"] == edge["n"]
        for statistic in ("mean", "median", "max", "min", "sum"):
            assert row[f"{statistic}_seconds"] == pytest.approx(edge[statistic], rel=1e-9, abs=1e-6)
        if edge["stdev"] is None:
            assert row["std_seconds"] is None
        else:
            assert row["std_seconds"] == pytest.approx(edge["stdev"], rel=1e-9, abs=1e-6)


def test_every_event_is_counted(name: str, events: pl.DataFrame, follows: DirectlyFollows) -> None:
    summary = read(name, "summary.json")
    assert events.height == summary["n_events"]
    assert follows.edges.height == summary["n_dfg_edges"]
    assert follows.edges["transitions_count"].sum() == summary["sum_dfg"]
    assert follows.starts["entities_count"].sum() == summary["n_cases"]
    loops = follows.edges.filter(pl.col("from_event") == pl.col("to_event"))
    assert dict(loops.select("from_event", "transitions_count").iter_rows()) == summary["self_loop_edges"]
    assert follows.graph().number_of_nodes() == summary["n_activities"]


def test_durations_of_cases_are_those_between_their_first_and_last_event(name: str, events: pl.DataFrame) -> None:
    """A case is a path from one mark to another, so that its duration is that of the one edge between."""
    at = pl.col("timestamp")
    marks = [
        events.group_by("case_id").agg(mark).with_columns(activity=pl.lit(text), event_index=number)
        for number, (text, mark) in enumerate({"first": at.min(), "last": at.max()}.items())
    ]
    found = directly_follows(pl.concat(marks).cast({"event_index": pl.Int64}), **COLUMNS, replicates=0)
    expected, row = read(name, "summary.json")["case_duration_s"], found.edges.row(0, named=True)
    for statistic in ("mean", "median", "min", "max", "p90"):
        assert row[f"{statistic}_seconds"] == pytest.approx(expected[statistic], rel=1e-9, abs=1e-6)


def test_variants_are_exact(name: str, events: pl.DataFrame) -> None:
    found = variants(events, **COLUMNS, top=None)
    expected = read(name, "variants.json")
    assert found.select("path", "entities_count").rows() == [(one["path"], one["n_cases"]) for one in expected]
    assert found.height == read(name, "summary.json")["n_variants"]
    assert found["coverage_rate"][-1] == pytest.approx(1)


def test_rework_is_exact(name: str, events: pl.DataFrame) -> None:
    expected, found = read(name, "rework.json"), rework(events, **COLUMNS)
    again = found.filter(pl.col("rework_count") > 0)
    assert dict(again.select("event", "rework_count").iter_rows()) == expected["rework_cases_per_activity"]
    assert dict(again.select("event", "least_distance").iter_rows()) == expected["minimum_self_distance"]
    assert found["least_distance"].null_count() == found.height - again.height
    assert found["loops_count"].sum() == sum(read(name, "summary.json")["self_loop_edges"].values())


def test_eventually_follows_counts_are_exact(name: str, events: pl.DataFrame) -> None:
    expected = {(pair["from"], pair["to"]): pair["value"] for pair in read(name, "eventually_follows.json")}
    found = eventually_follows(events, **COLUMNS).select("from_event", "to_event", "pairs_count")
    assert {(source, target): count for source, target, count in found.iter_rows()} == expected


def test_conformance_is_exact(name: str, events: pl.DataFrame) -> None:
    expected = read(name, "conformance.json")
    found = conformance(events, expected["expected_path"], **COLUMNS)
    cost = 10_000 * (pl.col("extra_count") + pl.col("missing_count"))
    cases = {case: rest for case, *rest in found.entities.select("case_id", "fitness", cost).iter_rows()}
    assert len(cases) == len(expected["cases"])
    for case in expected["cases"]:
        assert cases[case["case_id"]] == pytest.approx([case["fitness"], case["cost"]], rel=1e-9)
    assert found.entities["is_fitting"].sum() == expected["n_perfectly_fitting"]
    measures = dict(found.summary.select("measure", "estimate").iter_rows())
    figures = expected["log_fitness"]
    assert measures["mean_fitness"] == pytest.approx(figures["averageFitness"], rel=1e-9)
    assert measures["log_fitness"] == pytest.approx(figures["log_fitness"], rel=1e-9)
    assert measures["fitting_rate"] * 100 == pytest.approx(figures["percFitTraces"], rel=1e-9)
