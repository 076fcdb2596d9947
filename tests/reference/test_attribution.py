"""Attribution of three small data sets, as others computed it or as it is by hand."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from journey_analytics.analysis.attribution.attribution import attribution
from journey_analytics.analysis.attribution.conversion_paths import ConversionPaths, conversion_paths
from journey_analytics.analysis.attribution.credit_rules import RuleOptions
from journey_analytics.analysis.attribution.path_counts import counted_paths
from journey_analytics.analysis.attribution.removal_effects import path_chain, removal_effects

FOLDER = Path(__file__).parent / "journeys/attribution"
COUNTED = ("toy_anderl", "toy_mixed")


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


def counted(name: str, *, with_null: bool = True) -> ConversionPaths:
    frame = pl.read_csv(FOLDER / f"{name}.csv").sample(fraction=1, shuffle=True, seed=3)
    columns = {"conversions": "total_conversions", "value": "total_conversion_value"}
    return counted_paths(frame, **columns, nulls="total_null" if with_null else None)


def touches() -> ConversionPaths:
    frame = pl.read_csv(FOLDER / "toy_touches.csv", try_parse_dates=True).sample(fraction=1, shuffle=True, seed=5)
    worth = pl.col("customer_id").replace_strict(read("toy_touches_value.json"))
    conversions = frame.filter(pl.col("converted_at_this_touch") == 1).with_columns(worth=worth)
    return conversion_paths(frame, conversions, time="timestamp", value="worth", look_back=None)


def credits_of(
    paths: ConversionPaths, model: str, options: RuleOptions | None = None
) -> dict[str, tuple[float, float]]:
    found = attribution(paths, [model], options=options, replicates=0)
    rows = found.select("channel", "credited_conversions", "credited_value").iter_rows()
    return {channel: (conversions, value) for channel, conversions, value in rows}


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize(("model", "column"), [("first", "first"), ("last", "last"), ("linear", "linear")])
def test_rules_on_counted_paths_are_exact(name: str, model: str, column: str) -> None:
    found = credits_of(counted(name), model)
    for row in read(f"{name}_heuristics.json"):
        expected = row[f"{column}_touch_conversions"], row[f"{column}_touch_value"]
        assert found[row["channel_name"]] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("run", range(6))
def test_markov_models_are_exact(name: str, run: int) -> None:
    expected = read(f"{name}_markov.json")[run]
    paths = counted(name, with_null=expected["with_null"])
    chain = path_chain(paths, expected["order"])
    assert len(chain.holds) + 1 == expected["n_states"]
    effects = removal_effects(chain, chain.counts.totals()[None, :])
    assert effects.conversion_rate[0] == pytest.approx(expected["p_conversion_from_start"], rel=1e-9)
    found = credits_of(paths, f"markov_{expected['order']}")
    for channel, figures in expected["channels"].items():
        place = paths.names.index(channel)
        assert effects.conversion[0, place] == pytest.approx(figures["re_conv"], rel=1e-9)
        assert effects.value[0, place] == pytest.approx(figures["re_value"], rel=1e-9)
        assert found[channel] == pytest.approx((figures["conversions"], figures["value"]), rel=1e-9)


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("loops", ["with", "no"])
def test_transition_probabilities_are_exact(name: str, order: int, loops: str) -> None:
    expected = read(f"{name}_transition_order{order}_{loops}_selfloops.json")
    names = {str(one["id_channel"]): one["channel_name"] for one in expected["channels"]}
    found = transition_probabilities(counted(name), order, with_loops=loops == "with")
    wanted = {
        (state(row["channel_from"], names), state(row["channel_to"], names)): row["transition_probability"]
        for row in expected["transition_matrix"]
    }
    assert found == pytest.approx(wanted, rel=1e-9)


def state(name: str, names: dict[str, str]) -> tuple[str, ...]:
    return (name,) if name.startswith("(") else tuple(names[number] for number in name.split())


def transition_probabilities(paths: ConversionPaths, order: int, *, with_loops: bool) -> dict[Any, float]:
    """Edges of the chain with their probabilities; without a step from a state to itself, if asked."""
    chain = path_chain(paths, order)
    base = len(paths.names) + 1
    edges, size = len(chain.source), len(chain.holds)
    totals = chain.counts.totals()
    texts = [tuple(gram) for gram in grams(paths, order, base)]
    weights: dict[Any, float] = {}
    for source, target, weight in zip(chain.source, chain.target, totals[:edges], strict=True):
        if with_loops or source != target:
            weights[texts[source], texts[target]] = weight
    start, conversion, _, null = np.split(totals[edges:], 4)
    for place in range(size):
        weights[("(start)",), texts[place]] = start[place]
        weights[texts[place], ("(conversion)",)] = conversion[place]
        weights[texts[place], ("(null)",)] = null[place]
    leaving: dict[Any, float] = {}
    for (source, _), weight in weights.items():
        leaving[source] = leaving.get(source, 0) + weight
    return {(source, target): weight / leaving[source] for (source, target), weight in weights.items() if weight}


def grams(paths: ConversionPaths, order: int, base: int) -> list[list[str]]:
    """Names of the channels of each state, the earliest first."""
    found = set()
    for number, first in enumerate(paths.paths.first):
        own = [int(code) for code in paths.code[first : first + paths.paths.lengths[number]]]
        for end in range(min(order, len(own)), len(own) + 1):
            gram = own[max(0, end - order) : end]
            found.add(sum((code + 1) * base**step for step, code in enumerate(reversed(gram))))
    return [
        [paths.names[value // base**step % base - 1] for step in reversed(range(order)) if value // base**step % base]
        for value in sorted(found)
    ]


RULED = {
    "first": ("first", None),
    "last": ("last", None),
    "linear": ("linear", None),
    "position_40_20_40": ("position", None),
    "position_u_30_40_30": ("position", RuleOptions(ends=(0.3, 0.3))),
    "time_decay_half_life_7d": ("time_decay", None),
    "time_decay_half_life_1d": ("time_decay", RuleOptions(half_life=timedelta(days=1))),
    "last_non_direct(direct=web)": ("last_non_direct", RuleOptions(direct=("web",))),
}


def test_every_rule_of_the_case_is_tested() -> None:
    assert set(read("expected_heuristics_shapley.json")["heuristics_toy_touches"]) == set(RULED)


@pytest.mark.parametrize("name", RULED)
def test_rules_on_touches_are_exact(name: str) -> None:
    found = credits_of(touches(), *RULED[name])
    for channel, figures in read("expected_heuristics_shapley.json")["heuristics_toy_touches"][name].items():
        assert found[channel] == pytest.approx((figures["conversions"], figures["value"]), rel=1e-9)


@pytest.mark.parametrize("name", ["toy_touches", *COUNTED])
def test_shapley_values_are_exact(name: str) -> None:
    found = credits_of(touches() if name == "toy_touches" else counted(name), "shapley")
    expected = read("expected_heuristics_shapley.json")["shapley"][name]
    for channel, conversions in expected["full_shapley_v_is_conversions_of_all_subsets"].items():
        assert found[channel][0] == pytest.approx(conversions, rel=1e-9)
