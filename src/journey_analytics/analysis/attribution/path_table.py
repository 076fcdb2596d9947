"""Paths as a table: by which touches, in which order, customers came to convert, and how often they did not."""

import numpy as np
import polars as pl

from journey_analytics.analysis.attribution.touch_paths import ConversionPaths
from journey_analytics.analysis.intervals import wilson_bounds
from journey_analytics.analysis.paths.distinct_sequences import DistinctSequences, distinct_sequences
from journey_analytics.analysis.paths.sequences import Sequences
from journey_analytics.arrays.segments import Rows, Segments, changes
from journey_analytics.arrays.sorting import counted
from journey_analytics.vocabulary import OTHER


def path_table(paths: ConversionPaths, *, top: int = 100, least_customers: int = 10) -> pl.DataFrame:
    """Count the paths of each sequence of touches; the same channel again at once counts once.

    Args:
        paths: Converting and non-converting paths.
        top: How many are told, those of most customers.
        least_customers: Paths of fewer customers are not told by themselves.

    Returns:
        One row per path, those of most customers first, then by the names, and at last ``(other)`` for all that are not
        told, so that all are counted: ``path`` (names), ``customers_count``, ``paths_count`` (how often it was gone),
        ``conversions_count`` and ``value`` (what came of it), ``null_paths_count`` (how often nothing did),
        ``conversion_rate`` (of paths_count) with ``conversion_low`` and ``conversion_high`` (Wilson's interval by the
        number of customers: one who comes often tells no more than others).

    Example:
        >>> from journey_analytics.analysis.attribution.path_counts import counted_paths
        >>> ways = ["ad > ad > web", "ad > web", "web"]
        >>> counts = pl.DataFrame({"path": ways, "bought": [2, 1, 0], "left": [0, 1, 4]})
        >>> found = path_table(counted_paths(counts, conversions="bought", nulls="left"), least_customers=1)
        >>> found.select("path", "conversions_count", "null_paths_count").rows()
        [(['ad', 'web'], 3, 1), (['web'], 0, 4)]
    """
    distinct = distinct_sequences(_without_repeats(paths))
    told, names = _most_customers(paths, distinct, top, least_customers)
    number = np.full(len(distinct.events), len(told), dtype=np.int64)
    number[told] = np.arange(len(told))
    of_path, size = number[distinct.of_entity], len(told) + 1
    gone = paths.conversions + paths.nulls
    every, converted, value, null = (
        np.bincount(of_path, weights=own, minlength=size)
        for own in (gone, paths.conversions, paths.values, paths.nulls)
    )
    customers = _customers(paths, of_path, size)
    with np.errstate(invalid="ignore"):
        rate = converted / every
    low, high = wilson_bounds(rate * customers, customers)
    table = pl.DataFrame(
        {
            "path": [*names, [OTHER]],
            "customers_count": customers,
            "paths_count": every.astype(np.int64),
            "conversions_count": converted.astype(np.int64),
            "value": value,
            "null_paths_count": null.astype(np.int64),
            "conversion_rate": rate,
            "conversion_low": low,
            "conversion_high": high,
        },
        schema_overrides={"path": pl.List(pl.String)},
    )
    return table.filter(pl.col("paths_count") > 0)


def _without_repeats(paths: ConversionPaths) -> Sequences:
    number = paths.paths.spread(np.arange(len(paths.paths)))
    is_new = changes(number, paths.code) if len(number) else np.zeros(0, dtype=np.bool_)
    lengths = paths.paths.counts(is_new).astype(np.int64)
    return Sequences(
        paths.names,
        paths.code[is_new],
        np.zeros(int(lengths.sum()), dtype=np.int64),
        Segments(np.cumsum(lengths) - lengths, int(lengths.sum())),
        paths.customer.astype(np.int32),
        paths.customers_count,
        pl.DataFrame(),
        pl.DataFrame(),
    )


def _most_customers(
    paths: ConversionPaths, distinct: DistinctSequences, top: int, least_customers: int
) -> tuple[Rows, list[list[str]]]:
    """Numbers and names of the distinct paths that are told."""
    customers = _customers(paths, distinct.of_entity.astype(np.int64), len(distinct.events))
    able = np.flatnonzero(customers >= least_customers)
    ranked = (
        pl.DataFrame({"number": able, "customers": customers[able], "path": distinct.paths(able)})
        .sort("customers", "path", descending=[True, False])
        .head(top)
    )
    return ranked["number"].to_numpy(), ranked["path"].to_list()


def _customers(paths: ConversionPaths, of_path: Rows, size: int) -> Rows:
    """How many customers each path has."""
    pairs, _ = counted(paths.customer.astype(np.int64) * max(1, size) + of_path)
    return np.bincount(pairs % max(1, size), minlength=size)
