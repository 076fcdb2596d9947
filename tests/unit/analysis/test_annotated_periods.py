from datetime import timedelta

import polars as pl
import pytest

from journey_analytics.analysis.comparison import annotations_in_periods, compare_periods
from journey_analytics.analysis.comparison.compared_edges import ComparisonOptions
from journey_analytics.errors import UsageError
from tests.strategies import START

DAY = timedelta(days=1)


def annotations(*spans: tuple[float, float | None]) -> pl.DataFrame:
    """Named by their number; days since the start, no end for a moment."""
    return pl.DataFrame(
        {
            "started_at": [START + start * DAY for start, _ in spans],
            "ended_at": pl.Series([None if end is None else START + end * DAY for _, end in spans], dtype=pl.Datetime("us", "UTC")),
            "kind": ["release"] * len(spans),
            "label": [f"{number}" for number in range(len(spans))],
        }
    )  # fmt: skip


def found(*spans: tuple[float, float | None]) -> list[tuple[str, str, bool]]:
    told = annotations_in_periods(
        annotations(*spans), baseline=(START, START + 10 * DAY), compared=(START + 20 * DAY, START + 30 * DAY)
    )
    return told.select("label", "period", "began_before").rows()


def test_a_moment_belongs_to_the_period_that_it_is_in_and_its_end_does_not() -> None:
    assert found((-1, None), (0, None), (10, None), (20, None), (29.9, None), (30, None)) == [
        ("1", "baseline", False), ("2", "between", False), ("3", "compared", False), ("4", "compared", False),
    ]  # fmt: skip


def test_one_that_goes_on_belongs_to_every_period_that_it_touches() -> None:
    assert found((-5, 0), (-5, 0.1), (9, 25), (30, 40)) == [
        ("1", "baseline", True), ("2", "baseline", False), ("2", "between", True), ("2", "compared", True),
    ]  # fmt: skip


def test_periods_may_stand_in_any_order() -> None:
    told = annotations_in_periods(
        annotations((12, None)), baseline=(START + 20 * DAY, START + 30 * DAY), compared=(START, START + 10 * DAY)
    )
    assert told["period"].to_list() == ["between"]


def test_a_comparison_of_periods_names_the_annotations_within_them() -> None:
    log = pl.DataFrame({"customer_id": [1, 1], "event_type": ["a", "b"], "occurred_at": [START, START + DAY]})
    halves = {"baseline": (START, START + 10 * DAY), "compared": (START + 10 * DAY, START + 20 * DAY)}
    options = ComparisonOptions(replicates=99)
    told = compare_periods(log, **halves, window=DAY, annotations=annotations((10, None)), options=options)
    assert told.annotations.select("label", "period").rows() == [("0", "compared")]
    silent = compare_periods(log, **halves, window=DAY, options=options)
    assert silent.annotations.is_empty()
    assert silent.annotations.schema == told.annotations.schema


def test_a_missing_column_is_told() -> None:
    with pytest.raises(UsageError, match="no column 'kind'"):
        annotations_in_periods(
            annotations((1, None)).drop("kind"), baseline=(START, START + DAY), compared=(START + DAY, START + 2 * DAY)
        )
