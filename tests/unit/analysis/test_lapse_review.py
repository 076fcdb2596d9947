"""Limits of silence held against what is known now; the customers are those of the tests of thresholds."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from journey_analytics.analysis.survival.gone import gone_probabilities
from journey_analytics.analysis.survival.lapse_back_test import back_test, back_test_of
from journey_analytics.analysis.survival.lapse_review import review
from journey_analytics.analysis.survival.lapse_thresholds import LearningOptions, learned_thresholds, thresholds_of
from journey_analytics.analysis.survival.silences import silence_curve, silences
from journey_analytics.analysis.survival.survival import kaplan_meier
from tests.unit.analysis.test_lapse_thresholds import EVENTS, MEAN_DAYS, OPTIONS, WATERMARK, share_returning

DAY = 86_400
SILENCES = silences(EVENTS, WATERMARK)


def limits(**days: float) -> pl.DataFrame:
    return pl.DataFrame({"stage": list(days), "lapse_after_seconds": [day * DAY for day in days.values()]})


def test_a_limit_has_drifted_when_it_is_far_from_what_would_be_learned_and_another_share_returns() -> None:
    learned = learned_thresholds(EVENTS, WATERMARK, options=OPTIONS).select("stage", "lapse_after_seconds")
    held = review(SILENCES, WATERMARK, learned, options=OPTIONS)
    assert held["has_drifted"].to_list() == [False, False]
    assert held["present_seconds"].to_list() == learned["lapse_after_seconds"].to_list()
    short = review(SILENCES, WATERMARK, limits(quick=3, slow=20), options=OPTIONS)
    assert short["has_drifted"].to_list() == [True, True]
    near = limits(**{stage: seconds / DAY * 1.1 for stage, seconds in learned.iter_rows()})
    assert not review(SILENCES, WATERMARK, near, options=OPTIONS)["has_drifted"].any()


def test_the_share_that_still_returns_is_that_of_the_truth_behind() -> None:
    found = review(SILENCES, WATERMARK, limits(quick=5, slow=30), options=OPTIONS)
    for row, days in zip(found.iter_rows(named=True), (5, 30), strict=True):
        in_time = 1 - np.exp(-OPTIONS.horizon / timedelta(days=MEAN_DAYS[row["stage"]]))
        assert row["returning_low"] < share_returning(row["stage"], days) * in_time < row["returning_high"]
        assert row["returning_high"] - row["returning_low"] < 0.15


def test_the_interval_of_the_share_is_that_of_the_survival_curve_from_then_on() -> None:
    own = SILENCES.filter(pl.col("stage") == "slow")
    limit, horizon = 20 * DAY * 1_000_000, 15 * DAY * 1_000_000
    later = own.filter(pl.col("microseconds") > limit).select(
        duration=pl.col("microseconds") - limit, is_observed=pl.col("has_ended")
    )
    told = kaplan_meier(later).filter(pl.col("duration") <= horizon).row(-1, named=True)
    curve = silence_curve(own)
    low, high = curve.returning_interval(limit, horizon)
    share = curve.returning(np.array([limit]), horizon)[0]
    assert (share, low, high) == pytest.approx(
        (1 - told["survival_rate"], 1 - told["survival_high"], 1 - told["survival_low"])
    )


def test_silences_shorter_than_any_limit_tell_nothing() -> None:
    longer = SILENCES.filter(pl.col("microseconds") > OPTIONS.shortest // timedelta(microseconds=1))
    columns = ("stage", "lapse_after_seconds", "is_pooled", "at_risk_count")
    whole, part = (thresholds_of(found, WATERMARK, options=OPTIONS).select(columns) for found in (SILENCES, longer))
    assert part.height == 2
    assert part.equals(whole)


def test_a_back_test_of_silences_is_that_of_events() -> None:
    assert back_test_of(SILENCES, WATERMARK, options=OPTIONS).equals(back_test(EVENTS, WATERMARK, options=OPTIONS))


def test_a_stage_of_which_nothing_is_known_is_told_all_the_same() -> None:
    row = review(SILENCES, WATERMARK, limits(unseen=30), options=OPTIONS).row(0, named=True)
    assert (row["stage"], row["present_seconds"], row["returning_rate"]) == ("unseen", None, None)
    assert (row["silences_count"], row["customers_count"], row["has_drifted"]) == (0, 0, False)


def test_who_has_been_silent_for_longer_is_likelier_gone() -> None:
    days = (0.5, 5.0, 60.0)
    going_on = pl.DataFrame(
        {"stage": ["quick"] * 3 + ["slow"] * 3, "microseconds": [int(day * DAY * 1e6) for day in (*days, *days)]}
    )
    found = gone_probabilities(SILENCES, going_on, options=OPTIONS)
    expected = [1 - share_returning(stage, day) for stage in ("quick", "slow") for day in days]
    assert found["gone_probability"].to_list() == pytest.approx(expected, abs=0.05)
    assert not found["is_pooled"].any()


def test_a_stage_with_few_silences_is_told_by_all_and_too_few_tell_nothing() -> None:
    silent = pl.DataFrame({"stage": ["rare"], "microseconds": [10 * DAY * 1_000_000]})
    pooled = gone_probabilities(SILENCES, silent, options=OPTIONS).row(0, named=True)
    assert pooled["is_pooled"]
    slow, quick = (1 - share_returning(stage, 10) for stage in ("slow", "quick"))
    assert slow < pooled["gone_probability"] < quick
    nothing = gone_probabilities(SILENCES.head(20), silent, options=LearningOptions()).row(0, named=True)
    assert (nothing["gone_probability"], nothing["longest_seconds"]) == (None, None)
