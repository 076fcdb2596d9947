"""Curves and thresholds equal slow ones on random waits with ties and censoring."""

from datetime import timedelta
from fractions import Fraction
from math import exp, log, sqrt

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.intervals import Z95
from journey_analytics.analysis.survival.competing_risks import cumulative_incidence
from journey_analytics.analysis.survival.lapse_thresholds import LearningOptions, learned_thresholds
from journey_analytics.analysis.survival.survival import kaplan_meier
from tests.oracle import slow_survival as slow
from tests.strategies import START

WAITS = st.lists(st.tuples(st.integers(1, 6), st.sampled_from((None, "on", "off"))), min_size=1, max_size=14)
US = timedelta(microseconds=1)
# No share of so few can be as much as this exactly, where floats and fractions would part.
SHARE = Fraction(2137, 10_007)


def frame(waits: list[slow.Wait]) -> pl.DataFrame:
    return pl.DataFrame(waits, schema={"duration": pl.Int64, "cause": pl.String}, orient="row")


def bounds(estimate: float, variance: float) -> tuple[float, float]:
    """Interval on the scale of log(-log)."""
    if not 0 < estimate < 1:
        return estimate, estimate
    middle, half = log(-log(estimate)), Z95 * sqrt(variance) / (estimate * abs(log(estimate)))
    return exp(-exp(middle + half)), exp(-exp(middle - half))


@settings(max_examples=200, deadline=None)
@given(WAITS)
def test_survival_equals_the_slow_one(waits: list[slow.Wait]) -> None:
    found = kaplan_meier(frame(waits).with_columns(is_observed=pl.col("cause").is_not_null()))
    for row in found.iter_rows(named=True):
        time = row["duration"]
        assert row["survival_rate"] == pytest.approx(float(slow.survival(waits, time)), abs=1e-12)
        expected = bounds(float(slow.survival(waits, time)), slow.greenwood(waits, time))
        assert (row["survival_low"], row["survival_high"]) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(WAITS, WAITS)
@example([(1, None)], [(1, None), (1, "off"), *[(2, "off")] * 5, (3, "off")])
def test_incidence_equals_the_slow_one(waits: list[slow.Wait], others: list[slow.Wait]) -> None:
    groups = {"one": waits, "two": others}
    found = cumulative_incidence(
        pl.concat([frame(own).with_columns(group=pl.lit(name)) for name, own in groups.items()]), by=["group"]
    )
    for row in found.iter_rows(named=True):
        own, time, cause = groups[row["group"]], row["duration"], row["cause"]
        estimate = float(slow.incidence(own, time, cause))
        assert row["incidence_rate"] == pytest.approx(estimate, abs=1e-12)
        expected = bounds(row["incidence_rate"], slow.variance(own, time, cause))
        assert (row["incidence_low"], row["incidence_high"]) == pytest.approx(expected, abs=1e-6)
    whole = found.group_by("group", "duration").agg(pl.col("incidence_rate").sum() + pl.col("undecided_rate").first())
    assert whole["incidence_rate"].to_list() == pytest.approx([1.0] * whole.height)


@settings(max_examples=100, deadline=None)
@given(WAITS)
def test_one_cause_alone_is_the_rest_of_a_survival_curve(waits: list[slow.Wait]) -> None:
    alone: list[slow.Wait] = [(time, cause and "on") for time, cause in waits]
    for time in range(1, 7):
        assert slow.variance(alone, time, "on") == pytest.approx(slow.greenwood(alone, time), abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(WAITS, WAITS, st.sampled_from((1, 2)), st.sampled_from((2, 6)))
@example([(3, "on")], [(3, None), (3, None), (4, None), (4, None)], 2, 2)
def test_thresholds_equal_the_slow_ones(
    waits: list[slow.Wait], others: list[slow.Wait], horizon: int, least: int
) -> None:
    """Each silence is that of a customer of one stage: two events, or one and the watermark."""
    groups = {"see": waits, "buy": others}
    watermark = START + 20 * US
    rows = []
    for stage, own in groups.items():
        for number, (time, cause) in enumerate(own):
            # A silence that ends is followed by an event of a third stage, at the watermark.
            at = watermark - time * US
            rows.append({"customer_id": f"{stage}{number}", "occurred_at": at, "stage": stage})
            if cause:
                rows.append({"customer_id": f"{stage}{number}", "occurred_at": watermark, "stage": "end"})
    options = LearningOptions(horizon * US, float(SHARE), least, 3, US)
    found = learned_thresholds(pl.DataFrame(rows).sample(fraction=1, shuffle=True, seed=1), watermark, options=options)
    everyone = [*waits, *others, *[(0, None)] * sum(cause is not None for _, cause in [*waits, *others])]
    seconds = dict(found.select("stage", "lapse_after_seconds").iter_rows())
    for stage, own in groups.items():
        expected = slow.threshold(own, everyone, horizon, SHARE, least, 3)
        assert seconds[stage] == (None if expected is None else pytest.approx(expected / 1e6))
