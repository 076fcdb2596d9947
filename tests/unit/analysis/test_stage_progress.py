from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from journey_analytics.analysis.survival.stage_progress import mature_progress, stage_progress
from journey_analytics.errors import UsageError

WATERMARK = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def visits(*rows: tuple[float, float | None, str]) -> pl.DataFrame:
    """Days before the watermark at which a visit began, days that it took, and what became of it."""
    return pl.DataFrame(
        [
            {
                "customer_id": f"c{number}",
                "stage": "see",
                "entered_at": WATERMARK - DAY * before,
                "ended_at": None if took is None else WATERMARK - DAY * (before - took),
                "outcome": outcome,
            }
            for number, (before, took, outcome) in enumerate(rows)
        ],
        schema_overrides={"ended_at": pl.Datetime("us", "UTC")},
    )


OLD = [(60, 2, "moved_on"), (60, 30, "dropped_off"), (60, 5, "completed"), (60, 40, "moved_on")]
YOUNG = [(3, None, "open")] * 6


def test_young_visits_do_not_make_a_stage_look_worse() -> None:
    found = mature_progress(visits(*OLD, *YOUNG), WATERMARK, 30 * DAY).row(0, named=True)
    assert (found["entered_count"], found["mature_count"]) == (10, 4)
    assert (found["advanced_count"], found["dropped_off_count"], found["undecided_count"]) == (2, 1, 1)
    assert (found["advanced_rate"], found["naive_advanced_rate"]) == (0.5, 0.3)
    assert found["advanced_low"] <= 0.5 <= found["advanced_high"]


def test_a_visit_of_exactly_that_age_counts_and_so_does_what_came_of_it_just_then() -> None:
    found = mature_progress(visits((30, 30, "moved_on"), (29.9, 1, "moved_on")), WATERMARK, 30 * DAY)
    assert found.select("mature_count", "advanced_count").row(0) == (1, 1)


def test_a_stage_without_a_mature_visit_has_no_rate() -> None:
    found = mature_progress(visits(*YOUNG), WATERMARK, 30 * DAY).row(0, named=True)
    assert (found["advanced_rate"], found["naive_advanced_rate"]) == (None, 0.0)


def test_a_visit_of_nobody_does_not_count_among_customers() -> None:
    nobody = visits((60, 2, "moved_on"), *OLD).with_columns(customer_id=pl.col("customer_id").replace({"c0": None}))
    assert mature_progress(nobody, WATERMARK, 30 * DAY)["entered_count"].to_list() == [4]


def test_what_ends_after_the_watermark_is_still_open() -> None:
    found = stage_progress(visits((10, 30, "dropped_off"), (20, 10, "moved_on")), WATERMARK)
    assert found.select("outcome", "seconds", "incidence_rate").rows() == [("moved_on", 10 * 86_400, 0.5)]


def test_curves_of_all_outcomes_add_up() -> None:
    found = stage_progress(visits(*OLD, *YOUNG), WATERMARK)
    last = found.group_by("outcome").last()
    assert last["incidence_rate"].sum() + last["undecided_rate"][0] == pytest.approx(1)
    assert set(found["outcome"]) == {"moved_on", "completed", "dropped_off"}


def test_an_outcome_that_is_none_is_told() -> None:
    with pytest.raises(UsageError, match="'lost' is no outcome"):
        stage_progress(visits((1, None, "lost")), WATERMARK)
