"""SQL of one mart at a time: a folder of input tables, worked by hand, and the table that must come out."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from journey_analytics.marts import discover
from journey_analytics.warehouse.connection import connect
from journey_analytics.warehouse.sql_files import model_files
from journey_analytics.warehouse.sql_models import create_macros

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/expected.csv"))
QUERIES = {file.path.stem: file.query for file in model_files()}
BY_PYTHON = {mart.table.name.removeprefix("marts."): mart for mart in discover()}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database with the macros."""
    with connect() as opened:
        opened.execute("create schema marts")
        create_macros(opened)
        yield opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mart(case: Path, connection: duckdb.DuckDBPyConnection) -> None:
    for path in sorted(case.glob("*.*.csv")):
        schema, table = path.stem.split(".")
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"create table {schema}.{table} as from read_csv($1)", [str(path)])
    expected = connection.sql("from read_csv($1)", params=[str(case / "expected.csv")]).pl()
    found = _made(case.name, connection).select(expected.columns)
    assert_frame_equal(found, expected.cast(dict(found.schema)), abs_tol=5e-5, check_row_order=True)


def _made(name: str, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    if name in QUERIES:
        return connection.sql(QUERIES[name]).pl()
    mart = BY_PYTHON[name]
    return mart.table.conform(mart.compute({name: connection.sql(query).pl() for name, query in mart.queries.items()}))
