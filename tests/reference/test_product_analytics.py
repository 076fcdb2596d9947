"""Funnels, paths, retention and lifecycle as another system's public tests expect them, whatever the order of rows."""

from datetime import UTC, datetime, timedelta
from statistics import mean, median
from typing import Any

import polars as pl
import pytest

from journey_analytics.analysis.funnels import (
    funnel_correlation,
    funnel_customers,
    funnel_steps,
    funnel_trend,
    time_to_convert,
)
from journey_analytics.analysis.paths.path_flows import END, MORE, path_flows
from journey_analytics.analysis.paths.paths import Paths
from journey_analytics.analysis.usage.lifecycle import lifecycle
from journey_analytics.analysis.usage.retention import retention
from tests.oracle import slow_funnel
from tests.reference import product_analytics_cases as given

SEEDS = (1, 2, 3)


def named(kind: str) -> Any:
    return pytest.mark.parametrize("case", given.cases(kind), ids=lambda case: case["id"])


def check_steps(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    """Counts, mean and median; what is missing or null is not expected."""
    for want, have in zip(expected, found, strict=True):
        if want["count"] is not None:
            assert have["reached_count"] == want["count"]
        if want.get("avg_s") is not None:
            assert have["mean_seconds_from_previous"] == want["avg_s"]
        if want.get("median_s") is not None:
            assert have["median_seconds_from_previous"] == want["median_s"]


def check_funnel(case: dict[str, Any], steps_by_value: dict[str, list[dict[str, Any]]]) -> None:
    if "breakdown" not in case["expect"]:
        check_steps(case["expect"]["steps"], steps_by_value[""])
        return
    expected = {one["value"][0]: one["steps"] for one in case["expect"]["breakdown"]}
    assert set(steps_by_value) == set(expected)
    for value, steps in expected.items():
        check_steps(steps, steps_by_value[value])


@pytest.mark.parametrize("seed", SEEDS)
@named("funnel")
def test_funnels_come_out(case: dict[str, Any], seed: int) -> None:
    found = funnel_steps(
        given.events_frame(case, seed), given.funnel(case["query"]), **given.breakdown_of(case["query"])
    )
    parts = found.partition_by("value", as_dict=True) if "value" in found.columns else {("",): found}
    check_funnel(case, {str(value or ""): part.to_dicts() for (value,), part in parts.items()})


@named("funnel")
def test_slow_funnels_come_out(case: dict[str, Any]) -> None:
    """So the oracle means what the cases mean."""
    funnel = given.slow_funnel(case["query"])
    told = slow_funnel.told(given.slow_events(case), funnel)
    values = dict.fromkeys(one.value for one in told) if funnel.value else [None]
    check_funnel(
        case,
        {str(value or ""): _slow_steps([one for one in told if one.value == value], funnel) for value in values},
    )


def _slow_steps(told: list[slow_funnel.Told], funnel: slow_funnel.SlowFunnel) -> list[dict[str, Any]]:
    found = []
    required = [index for index, step in enumerate(funnel.steps) if not step.optional]
    for place, step in enumerate(funnel.steps):
        clean = [one for one in told if not one.is_excluded and one.best]
        if step.optional:
            reached, gaps = [one for one in clean if one.optional[place]], []
        else:
            index = required.index(place)
            reached = [one for one in clean if one.level > index]
            gaps = [
                (one.best.times[index] - one.best.times[index - 1]).total_seconds()
                for one in reached
                if one.best and index
            ]
        found.append(
            {
                "reached_count": len(reached),
                "mean_seconds_from_previous": mean(gaps) if gaps else None,
                "median_seconds_from_previous": median(gaps) if gaps else None,
            }
        )
    return found


NAMING = [
    case for case in given.cases("funnel") if any("customers" in step for step in case["expect"].get("steps", []))
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", NAMING, ids=lambda case: case["id"])
def test_the_customers_behind_a_funnel_come_out(case: dict[str, Any], seed: int) -> None:
    found = funnel_customers(given.events_frame(case, seed), given.funnel(case["query"]))
    for place, step in enumerate(case["expect"]["steps"], start=1):
        if "customers" in step:
            those = found.filter(pl.col("furthest_step") >= place, ~pl.col("is_excluded"))
            assert those["customer_id"].to_list() == step["customers"]


@pytest.mark.parametrize("seed", SEEDS)
@named("funnel_trends")
def test_trends_come_out(case: dict[str, Any], seed: int) -> None:
    query = case["query"]
    found = funnel_trend(
        given.events_frame(case, seed),
        given.funnel(query),
        every=query["interval"],
        time_zone=query["timezone"],
        from_step=query.get("from_step", 0) + 1,
        to_step=query["to_step"] + 1 if "to_step" in query else None,
    )
    assert len(found) == len(case["expect"]["periods"])
    for have, want in zip(found.iter_rows(named=True), case["expect"]["periods"], strict=True):
        start = want.get("local_start") or want["start"].removesuffix("T00:00:00Z")
        assert have["period_start"].isoformat() == start
        if "entered" in want:
            assert (have["entered_count"], have["converted_count"]) == (want["entered"], want["converted"])
            assert round(100 * have["converted_count"] / max(have["entered_count"], 1), 2) == want["rate_pct"]


@pytest.mark.parametrize("seed", SEEDS)
@named("time_to_convert")
def test_times_to_convert_come_out(case: dict[str, Any], seed: int) -> None:
    query = case["query"]
    events, funnel = given.events_frame(case, seed), given.funnel(query)
    steps = {"from_step": query["from_step"] + 1, "to_step": query["to_step"] + 1}
    found = time_to_convert(events, funnel, bins=query.get("bin_count"), **steps)
    expected = [(bin_["from_s"], bin_["count"]) for bin_ in case["expect"]["bins"]]
    assert found.select("from_seconds", "customers_count").rows() == expected
    told = funnel_steps(events, funnel)["mean_seconds_from_previous"].to_list()
    assert told[query["to_step"]] == case["expect"]["average_s"]


@pytest.mark.parametrize("seed", SEEDS)
@named("correlation")
def test_correlations_come_out(case: dict[str, Any], seed: int) -> None:
    """Long after the end, when nobody is open any more: the cases count an open window as a failure."""
    query = case["query"]
    funnel = given.funnel(query["funnel"], complete_until=given.time("2030-01-01T00:00:00Z"))
    frame = given.events_frame(case | {"query": query["funnel"]}, seed)
    by = f"customer.{query['key']}" if query["by"] == "customer_property" else None
    found = {row["item"]: row for row in funnel_correlation(frame, funnel, by=by).to_dicts()}
    expected = case["expect"]
    assert set(found) == {item["item"] for item in expected["items"]}
    for want in expected["items"]:
        have = found[want["item"]]
        assert (have["finished_count"], have["unfinished_count"]) == (want["success"], want["failure"])
        assert have["finished_total"] == expected["success_total"]
        assert have["unfinished_total"] == expected["failure_total"]
        assert have["odds_ratio"] == want["odds_ratio"]
        assert have["odds_ratio_low"] < want["odds_ratio"] < have["odds_ratio_high"]
        assert (have["odds_ratio"] > 1) == (want["type"] == "success")


@pytest.mark.parametrize("seed", SEEDS)
@named("retention")
def test_retention_comes_out(case: dict[str, Any], seed: int) -> None:
    """At a time when all periods are over: the cases count one that is not as far as it goes."""
    query = case["query"]
    found = retention(
        given.events_frame(case, seed),
        start=query["start_event"],
        back=query["return_event"],
        every=query["period"],
        periods=query["intervals"] - 1,
        cohort="any" if query["mode"] == "recurring" else "first",
        or_later=query["cumulative"],
        at_least=query["min_occurrences"],
        since=given.time(query["first_interval_start"]),
        complete_until=datetime(2030, 1, 1, tzinfo=UTC),
        time_zone=query["timezone"],
    ).partition_by("cohort_start", maintain_order=True)
    rows = case["expect"]["rows"]
    for cohort, expected in zip(found[: len(rows)], rows, strict=True):
        assert cohort["customers_count"][0] == expected[0]
        assert cohort["returned_count"].to_list()[: len(expected) - 1] == expected[1:]


@pytest.mark.parametrize("seed", SEEDS)
@named("lifecycle")
def test_lifecycles_come_out(case: dict[str, Any], seed: int) -> None:
    query = case["query"]
    end = datetime.fromisoformat(query["last_interval_start"]) + timedelta(days=1)
    found = lifecycle(
        given.events_frame(case, seed),
        which=query["event"],
        every=query["interval"],
        since=given.time(query["date_from"]),
        before=end,
        complete_until=end,
        time_zone=query["timezone"],
    )
    expected = case["expect"]
    for kind in ("new", "returning", "resurrecting"):
        assert found[f"{kind}_count"].to_list() == expected[kind]
    assert (-found["dormant_count"].cast(pl.Int64)).to_list() == expected["dormant"]


@pytest.mark.parametrize("seed", SEEDS)
@named("paths")
def test_paths_come_out(case: dict[str, Any], seed: int) -> None:
    """There a gap of exactly the limit cuts already; here it has to be longer."""
    query = case["query"]
    flows = path_flows(
        given.path_events(case, seed),
        Paths(
            item=given.path_item(query),
            gap=timedelta(seconds=query["session_gap_s"]) - timedelta(microseconds=1),
            end=query["end_point"].rstrip("/") if "end_point" in query else None,
            steps=query["step_limit"],
        ),
        top=100,
    )
    moves = flows.filter(~pl.col("to_item").is_in([END, MORE]))
    found = {
        (f"{step}_{source}", f"{step + 1}_{target}"): (count, seconds)
        for step, source, target, count, seconds in moves.select(
            "step_index", "from_item", "to_item", "paths_count", "mean_seconds"
        ).iter_rows()
    }
    expected = {(edge["source"], edge["target"]): edge for edge in case["expect"]["edges"]}
    assert set(found) == set(expected)
    for pair, edge in expected.items():
        assert found[pair][0] == edge["customers"]
        assert "avg_s" not in edge or found[pair][1] == edge["avg_s"]
