"""Comparisons equal slow ones on random logs; without an effect they find one as seldom as they say."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, chi2_contingency

from journey_analytics.analysis.comparison.comparison import (
    Comparison,
    ComparisonOptions,
    compare_periods,
    compare_segments,
)
from tests.oracle import slow_comparison as slow
from tests.strategies import START

DAY = timedelta(days=1)
EASY = ComparisonOptions(least_customers=1, replicates=99)
STEPS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from("abc")), min_size=1, max_size=12, unique_by=lambda s: s[0]
)
LOGS = st.lists(STEPS, min_size=4, max_size=9)
EDGE = ["source", "next_step"]


def frame(log: slow.Log, group: dict[int, int]) -> pl.DataFrame:
    rows = [
        (customer, START + at * DAY, name, ("old", "new")[group[customer]])
        for customer, steps in log.items()
        for at, name in steps
    ]
    return pl.DataFrame(rows, schema=["customer_id", "occurred_at", "event_type", "segment"], orient="row")


def compared(log: slow.Log, group: dict[int, int], options: ComparisonOptions, window: int = 5) -> Comparison:
    return compare_segments(
        frame(log, group), segment="segment", baseline="old", compared="new", window=window * DAY,
        until=START + 30 * DAY, options=options,
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(LOGS, st.sampled_from((1, 5, 9)))
def test_counts_shares_and_statistics_equal_the_slow_ones(steps: list[list[tuple[int, str]]], window: int) -> None:
    log = dict(enumerate(steps))
    group = {customer: customer % 2 for customer in log}
    found = compared(log, group, EASY, window)
    expected = {name: slow.pooled(groups) for name, groups in slow.next_steps(log, group, window, 30).items()}
    rows = {tuple(row[name] for name in EDGE): row for row in found.edges.iter_rows(named=True)}
    assert set(rows) == {(name, after) for name, (one, two) in expected.items() for after in one + two}
    for (name, after), row in rows.items():
        for label, own in zip(("baseline", "compared"), expected[name], strict=True):
            assert (row[f"{label}_count"], row[f"{label}_trials_count"]) == (own[after], own.total())
            assert row[f"{label}_rate"] == (pytest.approx(own[after] / own.total()) if own.total() else None)
    for row in found.sources.iter_rows(named=True):
        one, two = expected[row["source"]]
        if row["finding"] == "too_little_history":
            assert not (one.total() and two.total())
            continue
        assert row["g"] == pytest.approx(slow.g([one, two]), abs=1e-9)
        assert row["degrees"] == len(one + two) - 1
        if row["degrees"]:
            table = np.array([[own[after] for after in one + two] for own in (one, two)])
            assert row["cramers_v"] == pytest.approx(
                np.sqrt(chi2_contingency(table, correction=False).statistic / table.sum()), abs=1e-9
            )
            assert row["g_p_value"] == pytest.approx(chi2.sf(row["g"], row["degrees"]), abs=1e-9)
        else:
            assert row["g_p_value"] == row["p_value"] == 1


def test_the_p_value_of_a_permutation_is_that_of_all_permutations() -> None:
    random = np.random.default_rng(5)
    log = {
        customer: [
            (day, str(random.choice(["a", "b"], p=[0.8, 0.2] if customer < 4 else [0.5, 0.5]))) for day in range(25)
        ]
        for customer in range(9)
    }
    group = {customer: int(customer >= 4) for customer in log}
    row = compared(log, group, ComparisonOptions(least_customers=1, replicates=20_000)).sources.row(
        by_predicate=pl.col("source") == "a", named=True
    )
    all_g = [slow.g(slow.next_steps(log, other, 5, 30)["a"]) for other in slow.labellings(log, 5)]
    exact = np.mean([value >= row["g"] - 1e-9 for value in all_g])
    assert 0.01 < exact < 0.5
    assert row["p_value"] == pytest.approx(exact, abs=0.01)


def faithful(random: np.random.Generator, customers: int) -> pl.DataFrame:
    """Customers of two kinds of habit, who do what they do many times: steps are far from independent."""
    count = random.integers(4, 30, customers)
    habit = np.repeat(random.beta(0.6, 0.6, customers), count)
    customer = np.repeat(np.arange(customers), count)
    names = np.where(random.random(len(customer)) < habit, "a", np.where(random.random(len(customer)) < 0.5, "b", "c"))
    day = np.concatenate([np.sort(random.choice(60, size, replace=False)) for size in count])
    return pl.DataFrame(
        {
            "customer_id": customer,
            "event_type": names,
            "occurred_at": pl.Series([START], dtype=pl.Datetime("us", "UTC")).new_from_index(0, len(day))
            + pl.Series(day) * DAY,
            "segment": np.where(customer % 2 == 0, "old", "new"),
        }
    )


@pytest.mark.parametrize("kind", ["segments", "periods"])
def test_without_an_effect_findings_are_as_rare_as_their_level(kind: str) -> None:
    """Under no effect at all, the chance of any finding is the false discovery rate; the G test alone is wrong."""
    random, options = np.random.default_rng(11), ComparisonOptions(replicates=199, least_customers=20)
    simulations, by_customer, by_step = 150, 0, 0
    for _ in range(simulations):
        log = faithful(random, 100)
        if kind == "segments":
            found = compare_segments(
                log, segment="segment", baseline="old", compared="new", window=9 * DAY, options=options
            )
        else:
            halves = [(START + start * DAY, START + (start + 25) * DAY) for start in (0, 25)]
            found = compare_periods(log, baseline=halves[0], compared=halves[1], window=9 * DAY, options=options)
        assert found.is_paired == (kind == "periods")
        by_customer += bool((found.sources["q_value"] < 0.05).any())
        by_step += bool((found.sources["g_p_value"] < 0.05 / 3).any())
    assert by_customer <= simulations * 0.05 + 2 * np.sqrt(simulations * 0.05 * 0.95)
    assert kind == "periods" or by_step > simulations * 0.2
