from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from journey_analytics.analysis.bootstrap import MOST_UNITS
from journey_analytics.analysis.comparison.comparison import ComparisonOptions, compare_periods, compare_segments
from journey_analytics.errors import UsageError
from tests.strategies import START

DAY = timedelta(days=1)
HALVES: dict[str, Any] = {"baseline": (START, START + 30 * DAY), "compared": (START + 30 * DAY, START + 60 * DAY)}
GROUPS: dict[str, Any] = {"segment": "segment", "baseline": "old", "compared": "new", "window": 3 * DAY}
FEW = ComparisonOptions(replicates=199)


def asked(**changed: Any) -> dict[str, Any]:
    return GROUPS | changed


def shop(customers: int = 300, effect: float = 0.3, seed: int = 3) -> pl.DataFrame:
    """Each customer looks, then buys a day later or not; those of the new segment more often."""
    random = np.random.default_rng(seed)
    is_new = np.arange(customers) % 2 == 1
    buys = random.random(customers) < 0.3 + effect * is_new
    at = pl.Series([START] * customers) + pl.Series(random.integers(0, 50, customers)) * DAY
    looks = pl.DataFrame(
        {"customer_id": np.arange(customers), "occurred_at": at, "event_type": "look",
         "segment": np.where(is_new, "new", "old")}
    )  # fmt: skip
    bought = looks.filter(buys).with_columns(pl.col("occurred_at") + DAY, event_type=pl.lit("buy"))
    return pl.concat([looks, bought])


def test_a_difference_is_found_with_its_size_interval_and_customers() -> None:
    found = compare_segments(shop(), **GROUPS, until=START + 60 * DAY, options=FEW)
    edge = found.edges.row(by_predicate=(pl.col("source") == "look") & (pl.col("next_step") == "buy"), named=True)
    assert edge["finding"] == "differs"
    assert edge["difference"] == pytest.approx(edge["compared_rate"] - edge["baseline_rate"])
    assert 0.1 < edge["difference_low"] < edge["difference"] < edge["difference_high"] < 0.5
    # Everybody looks once, so that steps are independent and both intervals say the same.
    assert edge["difference_low"] == pytest.approx(edge["newcombe_low"], abs=0.03)
    assert edge["customers_affected"] == pytest.approx(150 * edge["difference"])
    assert found.sources.row(0, named=True)["source"] == "look"


def test_the_order_of_rows_does_not_show() -> None:
    log = shop(80)
    options = replace(FEW, least_customers=5)
    one, other = (
        compare_segments(rows, **GROUPS, options=options)
        for rows in (log, log.sample(fraction=1, shuffle=True, seed=4))
    )
    assert one.sources.equals(other.sources)
    assert one.edges.equals(other.edges)


def test_too_little_history_is_said_instead_of_a_number() -> None:
    found = compare_segments(shop(40), **GROUPS, options=FEW)
    assert set(found.sources["finding"]) == set(found.edges["finding"]) == {"too_little_history"}
    for column in ("difference", "difference_low", "newcombe_high", "p_value", "q_value"):
        assert found.edges[column].is_null().all()
    assert found.edges["baseline_rate"].is_not_null().all()


def test_a_period_that_is_not_watched_to_its_end_is_no_worse_for_it() -> None:
    """Who looks on the last day has not had the time to buy: that step does not count."""
    log = pl.DataFrame(
        {"customer_id": range(60), "occurred_at": [START + day * DAY for day in range(60)], "event_type": "look"}
    )
    edges = compare_periods(log, **HALVES, window=5 * DAY, until=START + 60 * DAY).edges
    assert edges.select("next_step", "baseline_trials_count", "compared_trials_count").rows() == [("(none)", 30, 26)]


def test_without_any_step_the_tables_are_empty() -> None:
    later = compare_periods(shop(), **HALVES, window=3 * DAY, until=START - DAY)
    assert later.sources.is_empty()
    assert later.edges.is_empty()
    assert later.edges.schema == compare_segments(shop(), **GROUPS, options=FEW).edges.schema


def test_a_small_difference_is_told_as_little() -> None:
    options = replace(FEW, least_difference=0.6)
    found = compare_segments(shop(), **GROUPS, until=START + 60 * DAY, options=options)
    assert found.sources.filter(source="look")["finding"].to_list() == ["differs_little"]


@pytest.mark.parametrize("effect", [0.0, 0.05])
def test_many_customers_are_labelled_in_groups_and_tell_the_same(effect: float) -> None:
    """With customers of one step each the permutation comes to what the G test says."""
    found = compare_segments(shop(3 * MOST_UNITS, effect, 5), **GROUPS, until=START + 60 * DAY)
    row = found.sources.row(by_predicate=pl.col("source") == "look", named=True)
    assert row["p_value"] == pytest.approx(max(row["g_p_value"], 1 / 2001), abs=0.03)


def test_what_cannot_be_compared_is_told() -> None:
    log = shop(10)
    with pytest.raises(UsageError, match="no segment 'nwe'") as told:
        compare_segments(log, **asked(compared="nwe"))
    assert told.value.hint == "Did you mean 'new'?"
    with pytest.raises(UsageError, match="compared with itself"):
        compare_segments(log, **asked(compared="old"))
    with pytest.raises(UsageError, match="no column 'sgement'"):
        compare_segments(log, **asked(segment="sgement"))
    with pytest.raises(UsageError, match="No step can follow"):
        compare_segments(log, **asked(window=timedelta()))
    with pytest.raises(UsageError, match="overlap"):
        compare_periods(log, baseline=HALVES["baseline"], compared=(START, START + DAY), window=DAY)
    with pytest.raises(UsageError, match="is empty"):
        compare_periods(log, baseline=HALVES["baseline"], compared=(START + DAY, START), window=DAY)


@pytest.mark.parametrize(("option", "value"), [("level", 1.0), ("replicates", 5), ("least_customers", 0)])
def test_options_that_cannot_be_followed_are_told(option: str, value: float) -> None:
    changed: dict[str, Any] = {option: value}
    with pytest.raises(UsageError) as told:
        compare_segments(shop(10), **GROUPS, options=replace(FEW, **changed))
    assert told.value.hint
