from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.comparison.rate_change import rate_change
from journey_analytics.errors import UsageError

ASKED: dict[str, Any] = {"group": "month", "baseline": "old", "compared": "new", "segment": "channel"}
TRIAL = st.tuples(st.sampled_from(("old", "new")), st.sampled_from(("ad", "web", "shop")), st.booleans())
ENDS = [("old", "ad", True), ("new", "ad", False)]


def frame(rows: list[tuple[str, str, bool]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["month", "channel", "is_success"], orient="row").with_row_index("customer_id")


@settings(max_examples=150, deadline=None)
@given(st.lists(TRIAL, max_size=40))
def test_mix_and_rate_add_up_to_the_change(rows: list[tuple[str, str, bool]]) -> None:
    found = rate_change(frame(ENDS + rows), **ASKED, replicates=0)
    overall = {month: np.mean([success for own, _, success in ENDS + rows if own == month]) for month in ("old", "new")}
    total = found.row(-1, named=True)
    assert total["mix_change"] + total["rate_change"] == pytest.approx(overall["new"] - overall["old"])
    assert found["mix_change"][:-1].sum() == pytest.approx(total["mix_change"])
    assert found["rate_change"][:-1].sum() == pytest.approx(total["rate_change"])


def test_other_customers_who_behave_as_before_change_the_mix_alone() -> None:
    """Rates of Simpson's kind: the same in every segment, and another in all."""
    rows = [
        (month, channel, place < count * rate)
        for month, channel, count, rate in [
            ("old", "web", 800, 0.5), ("old", "ad", 200, 0.1), ("new", "web", 200, 0.5), ("new", "ad", 800, 0.1),
        ]
        for place in range(count)
    ]  # fmt: skip
    total = rate_change(frame(rows), **ASKED).row(-1, named=True)
    assert total["mix_change"] == pytest.approx(-0.24)
    assert total["rate_change"] == pytest.approx(0, abs=1e-12)
    assert total["mix_low"] < -0.24 < total["mix_high"] < -0.15
    assert total["rate_low"] < 0 < total["rate_high"]


def test_a_segment_that_one_group_lacks_adds_to_the_mix_alone() -> None:
    found = rate_change(frame([*ENDS * 5, *[("new", "web", True)] * 5]), **ASKED)
    web = found.row(by_predicate=pl.col("segment") == "web", named=True)
    assert (web["baseline_trials_count"], web["baseline_rate"], web["rate_change"]) == (0, None, 0)
    assert web["mix_change"] > 0


def test_a_group_without_trials_is_told() -> None:
    with pytest.raises(UsageError, match="No trial is of group 'nwe'") as told:
        rate_change(frame(ENDS), group="month", baseline="old", compared="nwe", segment="channel")
    assert told.value.hint == "Did you mean 'new'?"
