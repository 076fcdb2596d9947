from typing import Literal

import polars as pl
import pytest
from polars.testing import assert_series_equal

from journey_analytics.transform.distinct import per_distinct


def shouted(text: pl.Expr) -> pl.Expr:
    return text.str.to_uppercase()


@pytest.mark.parametrize("texts", [["b", None, "a", "b", "", None], [], [None]])
def test_the_result_is_that_of_looking_at_every_row(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    every, distinct = frame.select(
        every=shouted(pl.col("text")), distinct=per_distinct(pl.col("text"), shouted, pl.String)
    )
    assert_series_equal(every, distinct, check_names=False)


def test_several_columns_are_looked_at_together() -> None:
    frame = pl.DataFrame({"a": ["x", "x", None, None], "b": ["y", None, "y", "y"]})
    joined = per_distinct(
        pl.struct("a", "b"), lambda both: pl.concat_str(both.struct.unnest(), ignore_nulls=True), pl.String
    )
    assert frame.lazy().select(joined).collect().to_series().to_list() == ["xy", "x", "y", "y"]


def test_each_value_is_looked_at_once() -> None:
    looked: list[int] = []

    def counted(texts: pl.Series) -> pl.Series:
        looked.append(len(texts))
        return texts

    frame = pl.DataFrame({"text": ["a", "b", "a", "a"]})
    frame.select(
        per_distinct(pl.col("text"), lambda text: text.map_batches(counted, return_dtype=pl.String), pl.String)
    )
    assert looked == [2]


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_constant_stands_in_every_row(engine: Literal["in-memory", "streaming"]) -> None:
    frame = pl.LazyFrame({"n": [1, 2, 3]})
    loud = frame.with_columns(loud=per_distinct(pl.lit("a"), shouted, pl.String)).collect(engine=engine)
    assert loud["loud"].to_list() == ["A", "A", "A"]
