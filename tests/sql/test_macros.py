"""Macros: the published figures of their sources, and the same as the functions of the same name in Python."""

from collections.abc import Iterator
from itertools import product

import duckdb
import pytest

from journey_analytics.analysis.intervals import Interval, newcombe, wilson
from journey_analytics.warehouse.connection import connect
from journey_analytics.warehouse.sql_files import SqlFile, sql_files
from journey_analytics.warehouse.sql_models import create_macros

COUNTS = [(0, 0), (0, 1), (1, 1), (0, 20), (1, 29), (15, 148), (81, 263), (56, 70), (48, 80), (9_999, 10_000)]


@pytest.fixture(scope="module")
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as opened:
        opened.execute("create schema marts")
        create_macros(opened)
        yield opened


def by_sql(marts: duckdb.DuckDBPyConnection, call: str, *arguments: int) -> dict[str, float] | None:
    marks = ", ".join(f"${index}" for index in range(1, len(arguments) + 1))
    found: dict[str, float] | None = marts.execute(f"select marts.{call}({marks})", list(arguments)).fetchall()[0][0]
    return found


def rounded(interval: Interval | None) -> tuple[float, float] | None:
    return None if interval is None else (round(interval.low, 4), round(interval.high, 4))


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe 1998, Stat. Med. 17:857, table I, method 3."""
    assert rounded(wilson(successes, trials)) == (low, high)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_gives_the_published_intervals(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    """Newcombe 1998, Stat. Med. 17:873, table II, method 10."""
    assert rounded(newcombe(*counts)) == (low, high)


@pytest.mark.parametrize("counts", COUNTS)
def test_wilson_is_the_same_in_sql_and_python(marts: duckdb.DuckDBPyConnection, counts: tuple[int, int]) -> None:
    interval = wilson(*counts)
    expected = interval and pytest.approx({"low": interval.low, "high": interval.high}, abs=1e-15)
    assert by_sql(marts, "wilson", *counts) == expected


def test_no_rounding_puts_a_rate_outside_of_its_interval(marts: duckdb.DuckDBPyConnection) -> None:
    """612 of 612 had an upper end of 0.9999999999999998."""
    outside = marts.sql(
        """
        select trials, successes
        from (select range as trials, unnest([0, range // 2, range - 1, range]) as successes from range(1, 3000))
        where marts.wilson(successes, trials).low > successes / trials
            or marts.wilson(successes, trials).high < successes / trials
        """
    )
    assert outside.fetchall() == []
    for trials in range(1, 3000):
        for successes in (0, trials // 2, trials - 1, trials):
            interval = wilson(successes, trials)
            assert interval is not None
            assert interval.low <= interval.estimate <= interval.high


@pytest.mark.parametrize(("one", "other"), list(product(COUNTS, COUNTS))[::3])
def test_newcombe_is_the_same_in_sql_and_python(
    marts: duckdb.DuckDBPyConnection, one: tuple[int, int], other: tuple[int, int]
) -> None:
    interval = newcombe(*one, *other)
    expected = interval and pytest.approx(
        {"difference": interval.estimate, "low": interval.low, "high": interval.high}, abs=1e-15
    )
    assert by_sql(marts, "newcombe", *one, *other) == expected


@pytest.mark.parametrize("macro", sql_files("macros"), ids=lambda file: file.path.stem)
def test_the_example_of_each_macro_runs(marts: duckdb.DuckDBPyConnection, macro: SqlFile) -> None:
    assert marts.execute(f"select {macro.one('example')}").fetchall()[0][0] is not None
