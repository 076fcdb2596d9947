"""Macros: the published figures of their sources, and the same as the functions of the same name in Python."""

from collections.abc import Iterator
from itertools import product
from math import comb

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


SCALAR = [file for file in sql_files("macros") if file.one("returns", "scalar") == "scalar"]


@pytest.mark.parametrize("macro", SCALAR, ids=lambda file: file.path.stem)
def test_the_example_of_each_macro_runs(marts: duckdb.DuckDBPyConnection, macro: SqlFile) -> None:
    assert marts.execute(f"select {macro.one('example')}").fetchall()[0][0] is not None


@pytest.mark.parametrize(
    ("successes", "failures", "trials", "low", "high"),
    [(1, 0, 1, -0.5101, 1.0), (5, 5, 20, -0.2955, 0.2955), (0, 10, 10, -1.0, -0.5666), (50, 20, 100, 0.1426, 0.4456)],
)
def test_a_net_share_is_that_of_agresti_and_min(
    marts: duckdb.DuckDBPyConnection, successes: int, failures: int, trials: int, low: float, high: float
) -> None:
    """Their formula by hand: half an answer more for and against, one more in between."""
    found = by_sql(marts, "net_share", successes, failures, trials)
    assert found is not None
    assert found == pytest.approx({"difference": (successes - failures) / trials, "low": low, "high": high}, abs=5e-5)


@pytest.mark.parametrize("rates", [(0.5, 0.2), (0.1, 0.1), (0.8, 0.1), (0.3, 0.6)])
def test_a_net_share_covers_the_truth_as_often_as_it_says(
    marts: duckdb.DuckDBPyConnection, rates: tuple[float, float]
) -> None:
    """Over all outcomes of twenty answers, each with its multinomial probability."""
    size, (for_, against) = 20, rates
    cells = [(up, down) for up, down in product(range(size + 1), repeat=2) if up + down <= size]
    covered = 0.0
    for up, down in cells:
        found = by_sql(marts, "net_share", up, down, size)
        assert found is not None
        rest = size - up - down
        weight = comb(size, up) * comb(size - up, down) * for_**up * against**down * (1 - for_ - against) ** rest
        covered += weight * (found["low"] <= for_ - against <= found["high"])
    assert 0.93 < covered < 0.99


@pytest.mark.parametrize(("trials", "quantile"), [(5, 2.776), (10, 2.262), (30, 2.045), (1_000, 1.962)])
def test_the_interval_of_a_mean_takes_the_quantile_from_the_tables(
    marts: duckdb.DuckDBPyConnection, trials: int, quantile: float
) -> None:
    """Student's t at 0.975; values with mean 3 and variance ``trials`` have a standard error of 1."""
    squares = 9 * trials + trials * (trials - 1)
    found = by_sql(marts, "mean_interval", 3 * trials, squares, trials)
    assert found is not None
    assert found == pytest.approx({"low": 3 - quantile, "high": 3 + quantile}, abs=0.01)


@pytest.mark.parametrize("trials", [0, 1, 4])
def test_a_mean_of_few_values_has_no_interval(marts: duckdb.DuckDBPyConnection, trials: int) -> None:
    assert by_sql(marts, "mean_interval", 3 * trials, 9 * trials, trials) is None


def test_a_net_share_of_nobody_is_null(marts: duckdb.DuckDBPyConnection) -> None:
    assert by_sql(marts, "net_share", 0, 0, 0) is None
