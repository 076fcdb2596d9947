"""Evaluating what is costly once per distinct value: campaigns, event names and consents repeat from row to row."""

from collections.abc import Callable

import polars as pl


def per_distinct(
    value: pl.Expr, function: Callable[[pl.Expr], pl.Expr], dtype: pl.DataType | type[pl.DataType]
) -> pl.Expr:
    """The same as ``function(value)``, for a function that looks at one row at a time.

    Args:
        value: A text, or a struct where the function looks at several columns.
        function: What to evaluate, given an expression of the value.
        dtype: Type of its result.
    """

    def evaluate(values: pl.Series) -> pl.Series:
        every = values.alias("value").to_frame()
        distinct = every.unique()
        found = distinct.with_columns(function(pl.col("value")).alias("found"))
        return every.join(found, on="value", how="left", nulls_equal=True, maintain_order="left")["found"]

    return value.map_batches(evaluate, return_dtype=dtype, is_elementwise=True)
