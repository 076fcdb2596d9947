"""Rates of parts against the rest: the plain test where customers are apart, and what drawing customers gives where not."""

from collections import defaultdict
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.bootstrap import CustomerCounts
from journey_analytics.analysis.findings.each_against_rest import each_against_rest
from journey_analytics.analysis.intervals import difference_p_values, newcombe

TRIALS = st.dictionaries(
    st.tuples(st.integers(0, 12), st.sampled_from("xyz")), st.booleans(), min_size=2, max_size=30
)  # fmt: skip


def frame(trials: dict[tuple[int, str], bool]) -> pl.DataFrame:
    rows = [(customer, part, happened) for (customer, part), happened in trials.items()]
    named = pl.DataFrame(rows, schema=["customer", "part", "has_happened"], orient="row")
    return named.with_columns(stage=pl.lit("see"))


@settings(max_examples=200, deadline=None)
@given(TRIALS)
def test_counts_and_the_correlation_within_customers_equal_the_slow_ones(trials: dict[tuple[int, str], bool]) -> None:
    found = each_against_rest(frame(trials), ["stage"], "part").rows_by_key("part", named=True, unique=True)
    parts = {part for _, part in trials}
    assert set(found) == (parts if len(parts) > 1 else set())
    pooled = sum(trials.values()) / len(trials)
    for part, row in found.items():
        own = [happened for (_, name), happened in trials.items() if name == part]
        others = [happened for (_, name), happened in trials.items() if name != part]
        assert (row["customers_count"], row["happened_count"]) == (len(own), sum(own))
        assert (row["baseline_customers_count"], row["baseline_happened_count"]) == (len(others), sum(others))
        assert row["difference"] == pytest.approx(sum(own) / len(own) - sum(others) / len(others))
        assert row["variance"] == pytest.approx(_slow_variance(trials, part, pooled), abs=1e-12)
        assert row["rate_low"] <= row["rate"] <= row["rate_high"]
        assert row["difference_low"] - 1e-12 <= row["difference"] <= row["difference_high"] + 1e-12
        assert 0 <= row["p_value"] <= 1


def _slow_variance(trials: dict[tuple[int, str], bool], part: str, pooled: float) -> float:
    """Of the difference, entry by entry: those of one customer are alike by the mean over all pairs."""
    spread = pooled * (1 - pooled)
    of_customer = defaultdict(list)
    for (customer, name), happened in trials.items():
        of_customer[customer].append((name, happened - pooled))
    pairs = [(one, other) for own in of_customer.values() for one, other in combinations(own, 2)]
    together = sum(one[1] * other[1] for one, other in pairs)
    alike = min(max(together / (len(pairs) * spread), -1.0), 1.0) if pairs and spread else 0.0
    size = sum(name == part for _, name in trials)
    weight = {name: 1 / size if name == part else -1 / (len(trials) - size) for _, name in trials}
    variance = sum(spread * weight[name] ** 2 for _, name in trials)
    variance += sum(2 * alike * spread * weight[one[0]] * weight[other[0]] for one, other in pairs)
    return max(variance, 0.0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("xy"), st.booleans()), min_size=2, max_size=60))
def test_of_customers_apart_they_are_the_plain_test_and_newcombe_s_interval(given: list[tuple[str, bool]]) -> None:
    assume(len({part for part, _ in given}) == 2)
    trials = {(number, part): happened for number, (part, happened) in enumerate(given)}
    for row in each_against_rest(frame(trials), ["stage"], "part").iter_rows(named=True):
        counts = (
            row["happened_count"], row["customers_count"], row["baseline_happened_count"], row["baseline_customers_count"],
        )  # fmt: skip
        plain = newcombe(*counts)
        assert plain is not None
        assert (row["difference_low"], row["difference_high"]) == pytest.approx((plain.low, plain.high))
        assert row["p_value"] == pytest.approx(float(difference_p_values(*counts)))


def test_a_customer_in_both_periods_counts_as_drawing_customers_says() -> None:
    """Half of the customers are in both, and most of them do the same again."""
    random = np.random.default_rng(3)
    size = 4_000
    before = random.random(size) < 0.4
    again = np.where(random.random(size) < 0.8, before, random.random(size) < 0.4)
    entered = random.random(size) < 0.5
    trials = pl.concat(
        [
            pl.DataFrame({"customer": np.arange(size), "part": "before", "has_happened": before}),
            pl.DataFrame({"customer": np.arange(size)[entered], "part": "now", "has_happened": again[entered]}),
        ]
    ).with_columns(stage=pl.lit("see"))
    row = each_against_rest(trials, ["stage"], "part").row(1, named=True)
    customer = np.concatenate([np.arange(size), np.arange(size), np.arange(size)[entered], np.arange(size)[entered]])
    column = np.repeat([0, 1, 2, 3], [size, size, entered.sum(), entered.sum()])
    amount = np.concatenate([np.ones(size), before, np.ones(int(entered.sum())), again[entered]])
    drawn = CustomerCounts(customer, column, amount, size, 4).resampled(4_000)
    differences = drawn[:, 3] / drawn[:, 2] - drawn[:, 1] / drawn[:, 0]
    assert np.sqrt(row["variance"]) == pytest.approx(differences.std(), rel=0.05)
    low, high = np.quantile(differences, [0.025, 0.975])
    assert (row["difference_low"], row["difference_high"]) == pytest.approx((low, high), abs=0.002)
    apart = np.sqrt(0.24 * (1 / size + 1 / entered.sum()))
    assert np.sqrt(row["variance"]) < 0.8 * apart
