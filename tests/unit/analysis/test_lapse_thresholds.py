from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from journey_analytics.analysis.survival.lapse_back_test import ALL, back_test
from journey_analytics.analysis.survival.lapse_thresholds import LearningOptions, learned_thresholds
from journey_analytics.analysis.survival.silences import dropped_probability, silence_curve, silences
from journey_analytics.errors import UsageError

START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 500
WATERMARK = START + timedelta(days=DAYS)
OPTIONS = LearningOptions(horizon=timedelta(days=60))
MEAN_DAYS = {"quick": 3.0, "slow": 20.0}
LEAVING = {"quick": 0.1, "slow": 0.05}


def made_up(seed: int = 3, customers: int = 600) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Customers of two speeds with exponential gaps who leave for good after each event with some probability.

    Returns:
        Their events, and who had left by the end.
    """
    random = np.random.default_rng(seed)
    rows, truth = [], []
    for number in range(customers):
        stage = ("quick", "slow")[number % 2]
        day, gone = random.uniform(0, DAYS - 100), False
        while day < DAYS and not gone:
            rows.append({"customer_id": number, "occurred_at": START + timedelta(days=day), "stage": stage})
            gone = random.random() < LEAVING[stage]
            day += random.exponential(MEAN_DAYS[stage])
        truth.append({"customer_id": number, "stage": stage, "has_left": gone})
    return pl.DataFrame(rows), pl.DataFrame(truth)


EVENTS, TRUTH = made_up()


def share_returning(stage: str, silent: float) -> float:
    """Of those silent for so many days, by the truth behind: not gone, and an exponential wait."""
    alive = (1 - LEAVING[stage]) * np.exp(-silent / MEAN_DAYS[stage])
    return alive / (alive + LEAVING[stage])


def test_thresholds_are_where_few_return_by_the_truth_behind() -> None:
    found = learned_thresholds(EVENTS, WATERMARK, options=OPTIONS)
    assert found["is_pooled"].to_list() == [False, False]
    days = {stage: seconds / 86_400 for stage, seconds in found.select("stage", "lapse_after_seconds").iter_rows()}
    assert days["quick"] < days["slow"] / 4
    for stage, silent in days.items():
        # A twentieth is asked for; what returns later than the horizon does not count.
        assert share_returning(stage, silent) == pytest.approx(0.05, abs=0.015)
    assert found["never_rate"].to_list() == pytest.approx(list(LEAVING.values()), abs=0.01)


def test_quantiles_of_the_gaps_that_were_seen_would_be_too_short() -> None:
    gaps = silences(EVENTS, WATERMARK).filter(pl.col("has_ended") & (pl.col("stage") == "slow"))
    seen = gaps["microseconds"].quantile(0.95)
    learned = learned_thresholds(EVENTS, WATERMARK, options=OPTIONS)["lapse_after_seconds"][1]
    assert seen is not None
    assert seen / 1e6 < learned


def test_the_probability_of_having_left_is_calibrated() -> None:
    last = silences(EVENTS, WATERMARK)
    curves = {stage: silence_curve(own) for (stage,), own in last.group_by("stage")}
    at = EVENTS.group_by("customer_id", "stage").agg(pl.col("occurred_at").max())
    silent = ((WATERMARK - at["occurred_at"]).dt.total_microseconds()).to_numpy()
    told = at.with_columns(
        probability=np.where(
            at["stage"] == "quick", *(dropped_probability(curves[stage], silent, 50) for stage in MEAN_DAYS)
        )
    ).join(TRUTH, on=["customer_id", "stage"])
    bins = told.group_by(band=(pl.col("probability") * 5).floor()).agg(
        pl.col("probability").mean(), pl.col("has_left").mean().alias("share"), pl.len()
    )
    for _, probability, share, count in bins.iter_rows():
        assert share == pytest.approx(probability, abs=0.05 + 2 * np.sqrt(0.25 / count))


def test_a_back_test_finds_about_as_many_returns_as_were_allowed() -> None:
    found = back_test(EVENTS, WATERMARK, options=OPTIONS)
    rows = {row["stage"]: row for row in found.iter_rows(named=True)}
    assert list(rows) == ["quick", "slow", ALL]
    assert rows[ALL]["dropped_off_count"] == rows["quick"]["dropped_off_count"] + rows["slow"]["dropped_off_count"]
    assert rows[ALL]["false_lapse_rate"] < 0.08
    assert rows[ALL]["brier_score"] < 0.1


def test_a_threshold_that_is_too_short_is_found_out() -> None:
    hasty = pl.DataFrame({"stage": ["quick", "slow"], "lapse_after_seconds": [3600.0, 3600.0]})
    found = back_test(EVENTS, WATERMARK, options=OPTIONS, thresholds=hasty).row(-1, named=True)
    patient = back_test(EVENTS, WATERMARK, options=OPTIONS).row(-1, named=True)
    assert found["false_lapse_rate"] > 4 * patient["false_lapse_rate"]
    assert found["false_lapse_low"] < found["false_lapse_rate"] < found["false_lapse_high"]
    assert found["missed_count"] < patient["missed_count"]


def test_a_back_test_learns_nothing_from_what_came_later() -> None:
    then = WATERMARK - OPTIONS.horizon
    given = learned_thresholds(EVENTS.filter(pl.col("occurred_at") <= then), then, options=OPTIONS)
    assert back_test(EVENTS, WATERMARK, options=OPTIONS, thresholds=given).equals(
        back_test(EVENTS, WATERMARK, options=OPTIONS)
    )


def test_a_stage_that_is_rarely_seen_is_pooled_and_without_any_nothing_is_learned() -> None:
    rare = EVENTS.with_columns(stage=pl.when(pl.col("customer_id") < 10).then(pl.lit("rare")).otherwise("stage"))
    found = learned_thresholds(rare, WATERMARK, options=OPTIONS).filter(pl.col("stage") == "rare").row(0, named=True)
    assert found["is_pooled"]
    assert found["lapse_after_seconds"] > 86_400
    few = learned_thresholds(EVENTS.head(20), WATERMARK, options=OPTIONS)
    assert few["lapse_after_seconds"].null_count() == few.height


def test_the_version_tells_what_was_learned_whatever_the_order_of_rows() -> None:
    one = learned_thresholds(EVENTS, WATERMARK, options=OPTIONS)
    assert one.equals(learned_thresholds(EVENTS.sample(fraction=1, shuffle=True, seed=1), WATERMARK, options=OPTIONS))
    other = learned_thresholds(EVENTS, WATERMARK, options=LearningOptions(horizon=timedelta(days=59)))
    assert one["version"][0] != other["version"][0]


def test_no_threshold_is_below_the_shortest() -> None:
    options = LearningOptions(horizon=timedelta(days=60), shortest=timedelta(days=30))
    assert learned_thresholds(EVENTS, WATERMARK, options=options)["lapse_after_seconds"].min() == 30 * 86_400


def test_what_cannot_be_is_told() -> None:
    with pytest.raises(UsageError, match="cannot be learned"):
        learned_thresholds(EVENTS, WATERMARK, options=LearningOptions(most_returning=1.0))
    with pytest.raises(UsageError, match="no column 'step'"):
        learned_thresholds(EVENTS, WATERMARK, stage="step")
