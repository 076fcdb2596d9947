"""The total order of touchpoints: by customer, time, source, the vendor's own order (null last), event id.

Texts are looked at only where times are equal. The rest is two sorts of plain integers.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.segments import Rows, Segments, changes
from journey_analytics.arrays.sorting import Keys, rows_by_key

Times = npt.NDArray[np.int64]

_MOST_PART_BITS = 7
_GREATEST = np.uint64(2**64 - 1)


@dataclass(frozen=True)
class TotalOrder:
    """Rows in total order.

    Attributes:
        row: Where each row stands in the frame.
        customer_key: Its customer, ascending.
        at: Its time in microseconds since 1970.
        customers: The rows of each customer.
    """

    row: Rows
    customer_key: Keys
    at: Times
    customers: Segments


def customer_parts(customer_key: Keys, rows_per_part: int) -> list[Rows]:
    """Rows of some customers each, by ranges of keys, ascending; at most so many each if keys are spread evenly."""
    bits = min(_MOST_PART_BITS, (len(customer_key) // rows_per_part).bit_length())
    lowest, greatest = customer_key.min(initial=_GREATEST), customer_key.max(initial=0)
    shift = np.uint64(max(0, int(greatest - min(lowest, greatest)).bit_length() - bits))
    ranges = customer_key >> shift
    ranges -= lowest >> shift
    # Numbers of one byte are sorted by counting them.
    part = ranges.astype(np.uint8)
    rows = np.argsort(part, kind="stable")
    return np.split(rows, np.flatnonzero(changes(part[rows]))[1:])


def total_order(events: pl.DataFrame, rows: Rows, customer_key: Keys, at: Times) -> TotalOrder:
    """Find the order of some events.

    Args:
        events: ``source``, ``source_order``, ``event_id``: looked at where a customer's times are equal.
        rows: Which of them.
        customer_key: Customer of each of these rows.
        at: Time of each of these rows.
    """
    time, key = _offsets(at), _offsets(customer_key)
    if (time[1:] < time[:-1]).any():
        place = rows_by_key(time)
        place = place[rows_by_key(key[place])]
    else:
        place = rows_by_key(key)
    ordered_key = customer_key[place]
    customers = Segments.starting(changes(ordered_key))
    _settle_ties(place, time, customers, events, rows)
    return TotalOrder(rows[place], ordered_key, at[place], customers)


def _offsets(values: Keys | Times) -> Keys:
    """How much greater each is than the least."""
    return (values - values.min()).view(np.uint64) if len(values) else values.view(np.uint64)


def _settle_ties(place: Rows, time: Keys, customers: Segments, events: pl.DataFrame, rows: Rows) -> None:
    """Put rows of a customer in order, in place, whose times are equal."""
    is_new = changes(time[place])
    is_new[customers.first] = True
    if is_new.all():
        return
    is_open = ~is_new
    is_open[:-1] |= is_open[1:]
    tied = np.flatnonzero(is_open)
    settled = (
        events.select("source", "source_order", "event_id")[rows[place[tied]]]
        .with_columns(pl.col("source", "event_id").cast(pl.String), tie=np.cumsum(is_new[tied]))
        .select(pl.arg_sort_by("tie", "source", "source_order", "event_id", nulls_last=True))
        .to_series()
        .to_numpy()
    )
    place[tied] = place[tied[settled]]
