"""Observations: what is seen of customers, as columns: who, when, which symbol, and up to when we have looked."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from journey_analytics.analysis.hidden_stages.sequences import Codes, Floats, Rows, Sequences, sequences_of
from journey_analytics.errors import UsageError
from journey_analytics.vocabulary import OTHER

MOST_SYMBOLS = 100
_MICROSECONDS_PER_DAY = 86_400e6


@dataclass(frozen=True)
class Observations:
    """Interactions of customers, by customer and time.

    Attributes:
        customer: Number of the customer of each, from 0.
        day: Its time in days since 1970.
        symbol: Number of its symbol.
        symbols: The symbols; the last one stands for all others.
        customers_count: How many customers there are, with or without observations.
        watermark: The day up to which we have looked.
    """

    customer: Rows
    day: Floats
    symbol: Codes
    symbols: tuple[str, ...]
    customers_count: int
    watermark: float

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def first(self) -> Rows:
        """First row of each customer who has one."""
        return np.flatnonzero(np.diff(self.customer, prepend=-1))

    def until(self, day: float) -> "Observations":
        """What had been seen by a day, the day included."""
        kept = self.day <= day
        return replace(self, customer=self.customer[kept], day=self.day[kept], symbol=self.symbol[kept], watermark=day)

    def sequences(self) -> list[Sequences]:
        """The same, laid out step by step."""
        first = self.first
        last = np.append(first[1:], len(self))[: len(first)] - 1
        gap = np.diff(self.day, prepend=0.0)
        silence = np.maximum(self.watermark - self.day[last], 0.0)
        return sequences_of(first, self.customer[first], self.symbol, gap, silence)


def observations_of(
    touchpoints: pl.DataFrame, watermark: pl.Series, *, symbols: tuple[str, ...] | None = None
) -> Observations:
    """Interactions as observations.

    Args:
        touchpoints: ``customer_key``, ``occurred_at`` and ``symbol``, in the order of customers and time.
        watermark: The time up to which we have looked, as the only value.
        symbols: Symbols to tell apart, the last one for all others; by default the most frequent ones.

    Raises:
        UsageError: Rows are not in the order of customers and time.
    """
    key, day = touchpoints["customer_key"].to_numpy(), _days(touchpoints["occurred_at"])
    is_new = np.append(np.ones(min(len(key), 1), dtype=np.bool_), key[1:] != key[:-1])
    if (np.diff(day)[~is_new[1:]] < 0).any():
        raise UsageError("Touchpoints are not in order.", hint="Sort them by customer_key and occurred_at.")
    names = symbols or frequent_symbols(touchpoints["symbol"])
    places = {name: place for place, name in enumerate(names)}
    symbol = touchpoints["symbol"].cast(pl.String).replace_strict(
        places, default=len(names) - 1, return_dtype=pl.UInt16
    )  # fmt: skip
    customer = np.cumsum(is_new) - 1
    customers_count = int(customer[-1]) + 1 if len(customer) else 0
    return Observations(customer, day, symbol.to_numpy(), names, customers_count, float(_days(watermark)[0]))


def _days(times: pl.Series) -> Floats:
    return times.dt.epoch("us").to_numpy() / _MICROSECONDS_PER_DAY


def frequent_symbols(symbols: pl.Series) -> tuple[str, ...]:
    """The most frequent symbols, by falling frequency and then by name, and one for the rest."""
    counts = pl.DataFrame({"symbol": symbols.cast(pl.String)}).group_by("symbol").len().drop_nulls()
    names = counts.sort(["len", "symbol"], descending=[True, False])["symbol"].head(MOST_SYMBOLS - 1).to_list()
    return (*names, OTHER)
