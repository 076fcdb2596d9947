"""Paths that were counted already: how often each sequence of touches led to a conversion, and how often not."""

import numpy as np
import polars as pl

from journey_analytics.analysis.attribution.touch_paths import ConversionPaths
from journey_analytics.arrays.segments import Segments
from journey_analytics.errors import UsageError, did_you_mean


def counted_paths(
    counts: pl.DataFrame,
    *,
    path: str = "path",
    conversions: str = "conversions_count",
    value: str | None = None,
    nulls: str | None = None,
    separator: str = " > ",
) -> ConversionPaths:
    """Take counted paths for attribution.

    Who did what is not known any more, so that intervals of them would mean nothing and no times can decay: ask for no
    replicates, and not for ``time_decay``.

    Args:
        counts: One row per path.
        path: Column of the channels, a list of texts or one text.
        conversions: Column of how many conversions it led to.
        value: Column of what they are worth together; without, nothing.
        nulls: Column of how many times it led to none; without, never.
        separator: What stands between the channels of a text.

    Raises:
        UsageError: A column is missing, or a path has no channel.

    Example:
        >>> paths = counted_paths(pl.DataFrame({"path": ["ad > web", "web"], "conversions_count": [2, 1]}))
        >>> paths.names, paths.code.tolist(), paths.conversions.tolist()
        (['ad', 'web'], [0, 1, 1], [2.0, 1.0])
    """
    for column in (path, conversions, value, nulls):
        if column is not None and column not in counts.columns:
            raise UsageError(f"The paths have no column '{column}'.", hint=did_you_mean(column, counts.columns))
    split = counts[path] if isinstance(counts.schema[path], pl.List) else counts[path].str.split(separator)
    lengths = split.list.len().fill_null(0).to_numpy().astype(np.int64)
    if not lengths.all():
        raise UsageError("A path has no channel.", hint="Name what stands for no touch, such as (none).")
    touches = split.explode().cast(pl.String)
    names = touches.unique().sort()

    def amounts(column: str | None) -> pl.Series:
        return counts[column].cast(pl.Float64).fill_null(0) if column else pl.repeat(0.0, counts.height, eager=True)

    return ConversionPaths(
        names.to_list(),
        names.search_sorted(touches).to_numpy().astype(np.int32),
        np.zeros(len(touches), dtype=np.int64),
        Segments(np.cumsum(lengths) - lengths, len(touches)),
        amounts(conversions).to_numpy(),
        amounts(value).to_numpy(),
        amounts(nulls).to_numpy(),
        np.arange(counts.height, dtype=np.int64),
        counts.height,
    )
