"""Arrays as columns of tables."""

import numpy as np
import polars as pl
import pyarrow as pa

from journey_analytics.arrays.segments import Array, Flags, Rows
from journey_analytics.contracts import UTC_TIME
from journey_analytics.transform.total_order import Times


def times(microseconds: Times, known: Flags | None = None) -> pl.Series:
    """Times; null where they are not known."""
    column = pl.Series(microseconds, dtype=pl.Int64).cast(UTC_TIME)
    return column if known is None else where_known(column, known)


def where_known(values: pl.Series | Array, known: Flags) -> pl.Series:
    """Values; null where they are not known."""
    both = pl.DataFrame({"value": values, "known": known})
    return both.select(pl.when("known").then("value")).to_series()


def lists(texts: pl.Series, lengths: Rows) -> pl.Series:
    """Texts that stand behind each other, as lists of so many each."""
    ends = np.concatenate([[0], np.cumsum(lengths)])
    arrow = pa.LargeListArray.from_arrays(pa.array(ends), texts.to_arrow().cast(pa.large_string()))
    return pl.Series(arrow, dtype=pl.List(pl.String))
