"""Paths of touches, as numbers: what all models of attribution look at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.paths.ordering import Numbers
from journey_analytics.arrays.segments import Flags, Segments


@dataclass(frozen=True)
class ConversionPaths:
    """Paths of touches, converting or not.

    Attributes:
        names: The different channels, in the order of the alphabet.
        code: Number of the channel of each touch, path by path, in order.
        before: Microseconds from each touch to its conversion.
        paths: The touches of each path.
        conversions: How many conversions each path stands for.
        values: What they are worth together.
        nulls: How many times it led to none.
        customer: Number of the customer of each path.
        customers_count: How many customers there are.
        open_count: Paths left out because a conversion may still come.
    """

    names: list[str]
    code: Numbers
    before: npt.NDArray[np.int64]
    paths: Segments
    conversions: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    nulls: npt.NDArray[np.float64]
    customer: npt.NDArray[np.int64]
    customers_count: int
    open_count: int = 0

    def renamed(self, channels: Sequence[str]) -> "ConversionPaths":
        """The same paths, with credit going to something else.

        Args:
            channels: Of each name the new one; several may have the same.
        """
        new = pl.Series(channels, dtype=pl.String)
        names = new.unique().sort()
        return replace(
            self, names=names.to_list(), code=names.search_sorted(new).to_numpy().astype(np.int32)[self.code]
        )

    def only(self, kept: Flags) -> "ConversionPaths":
        """Some of the paths, of as many customers."""
        is_kept, lengths = self.paths.spread(kept), self.paths.lengths[kept]
        names, code = without_gaps(self.names, self.code[is_kept])
        return replace(
            self,
            names=names,
            code=code,
            before=self.before[is_kept],
            paths=Segments(np.cumsum(lengths) - lengths, int(lengths.sum())),
            **{name: getattr(self, name)[kept] for name in ("conversions", "values", "nulls", "customer")},
        )


def without_gaps(names: Sequence[str], code: Numbers) -> tuple[list[str], Numbers]:
    """The names that occur, and the number of each row's among them."""
    occurs = np.bincount(code, minlength=len(names)) > 0
    number = np.cumsum(occurs, dtype=np.int32) - np.int32(1)
    return [name for name, is_there in zip(names, occurs, strict=True) if is_there], number[code]
