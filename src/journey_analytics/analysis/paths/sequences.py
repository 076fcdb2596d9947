"""Sequences: the events of each entity in order, as arrays in which an entity's events stand together.

What follows what, variants, rework, conformance and attribution look at events in this order.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.event_log import check_columns
from journey_analytics.arrays.segments import Flags, Rows, Segments, changes
from journey_analytics.arrays.sorting import Keys, rows_by_key

Numbers = npt.NDArray[np.int32]
"""Numbers of names, entities or customers, from 0."""

Integer = TypeVar("Integer", bound=np.integer[Any])

_BITS = 64
_MOST_PART_BITS = 8
_ROWS_PER_PART = 250_000


@dataclass(frozen=True)
class Sequences:
    """Events by entity, and in each entity in order.

    Attributes:
        names: The different names of events, in the order of the alphabet.
        code: Number of the name of each event.
        at: Time of each event, in microseconds since 1970.
        entities: The events of each entity.
        customer: Number of the customer of each entity.
        customers_count: How many customers there are.
        facts: Columns that were asked for beside, one row per entity: their values at its last event.
        columns: Columns that were asked for beside, one row per event.
    """

    names: list[str]
    code: Numbers
    at: npt.NDArray[np.int64]
    entities: Segments
    customer: Numbers
    customers_count: int
    facts: pl.DataFrame
    columns: pl.DataFrame

    @cached_property
    def entity(self) -> Numbers:
        """Number of the entity of each event."""
        return self.entities.spread(np.arange(len(self.entities), dtype=np.int32))

    @cached_property
    def has_next(self) -> Flags:
        """Whether each event is followed by another of its entity."""
        found = np.ones(len(self.code), dtype=np.bool_)
        found[self.entities.last] = False
        return found

    @property
    def followed(self) -> Rows:
        """Events that are followed by another of their entity."""
        return np.flatnonzero(self.has_next)


def sequences_of(
    events: pl.DataFrame | pl.LazyFrame,
    *,
    entity: str,
    time: str,
    event: str,
    order: Sequence[str] = (),
    customer: str | None = None,
    facts: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> Sequences:
    """Put the events of each entity in order, in whatever order the rows stand.

    The order is that of time, then of the columns of ``order`` (null last), then of the names. Rows without an entity,
    a time or a name are left out. Entities are told apart by a hash of 64 bits: the chance that any two of a million
    are taken for one is 1 in 37 million.

    Args:
        events: Any event log.
        entity: Column of the case: a customer, a session, a journey.
        time: Column of the time, a date or a date with a time.
        event: Column of the name, a text.
        order: Columns that order events of the same time.
        customer: Column of the customer to whom an entity belongs; by default each entity is a customer.
        facts: Columns that say something of the entity as a whole.
        columns: Columns that say something of each event.

    Raises:
        UsageError: A column is missing or of another kind.
    """
    log = events.lazy()
    beside = [column for column in (customer,) if column is not None]
    check_columns(log.collect_schema(), times=[time], texts=[event], others=[entity, *beside, *order, *facts, *columns])
    log = log.filter(pl.col(entity).is_not_null(), pl.col(time).is_not_null(), pl.col(event).is_not_null())
    found = log.select(
        key=pl.col(entity).hash(),
        at=pl.col(time).dt.epoch("us"),
        name=pl.col(event).cast(pl.Categorical),
        **{f"customer {column}": pl.col(column).hash() for column in beside},
        **{f"order {column}": pl.col(column) for column in order},
        **{f"column {column}": pl.col(column) for column in dict.fromkeys([*facts, *columns])},
    ).collect(engine="streaming")
    ordered = in_order(found)
    found, row, entities = ordered.rows, ordered.row, ordered.entities
    number, customers_count = np.arange(len(entities), dtype=np.int32), len(entities)
    if beside:
        number, customers_count = key_numbers(found[f"customer {customer}"].to_numpy()[row[entities.last]])
    of_entity, of_event = _beside(found, facts, row[entities.last]), _beside(found, columns, row)
    return Sequences(ordered.names, ordered.code, ordered.at, entities, number, customers_count, of_entity, of_event)


@dataclass(frozen=True)
class Ordered:
    """Rows by key, and for each key in order.

    Attributes:
        rows: The rows, in the order of time.
        row: Which of them stands at each place.
        names: The different names, in the order of the alphabet.
        code: Number of the name at each place.
        at: Time at each place.
        entities: The places of each key.
    """

    rows: pl.DataFrame
    row: Rows
    names: list[str]
    code: Numbers
    at: npt.NDArray[np.int64]
    entities: Segments


def in_order(rows: pl.DataFrame) -> Ordered:
    """Put rows in order: by key, then by time, by columns that begin with ``order`` (null last), and by name.

    Args:
        rows: ``key`` (a hash), ``at`` (microseconds) and ``name`` (categories), and whatever else.
    """
    if not rows["at"].is_sorted():
        rows = rows.sort("at")
    names, code = _coded(rows["name"])
    row, key, at, ordered_code = _by_hash(rows["key"].to_numpy(), rows["at"].to_numpy(), code)
    is_first = changes(key)
    ties = rows.select(pl.col("^order .*$"), name=pl.Series(code, dtype=pl.Int32))
    tied = _settle_ties(row, is_first | changes(at), ties)
    ordered_code[tied] = code[row[tied]]
    return Ordered(rows, row, names, ordered_code, at, Segments.starting(is_first))


def _beside(found: pl.DataFrame, columns: Sequence[str], rows: Rows) -> pl.DataFrame:
    return (
        found.select(pl.col(f"column {column}").alias(column) for column in columns)[rows]
        if columns
        else pl.DataFrame()
    )


def _coded(name: pl.Series) -> tuple[list[str], Numbers]:
    """The different names in the order of the alphabet, and the number of each row's."""
    different = name.unique()
    category, text = different.to_physical().to_numpy(), different.cast(pl.String)
    names = text.sort()
    number_of = np.zeros(int(category.max(initial=0)) + 1, dtype=np.int32)
    number_of[category] = names.search_sorted(text)
    return names.to_list(), number_of[name.to_physical().to_numpy()]


def _by_hash(key: Keys, *columns: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """Rows in the order of their keys, equal keys as they stand; these keys; and other columns in that order.

    Keys are parted by their upper bits first, so that a part fits into the processor's cache.
    """
    bits = min(_MOST_PART_BITS, (len(key) // _ROWS_PER_PART).bit_length())
    part = (key >> np.uint64(_BITS - _MOST_PART_BITS)).astype(np.uint8) >> np.uint8(_MOST_PART_BITS - bits)
    # Numbers of one byte are sorted by counting them.
    rows = np.argsort(part, kind="stable")
    ends = np.cumsum(np.bincount(part, minlength=1))[:-1]

    def ordered(own: Rows) -> list[npt.NDArray[Any]]:
        own_key = key[own]
        place = rows_by_key(own_key)
        return [own[place], own_key[place], *(column[own][place] for column in columns)]

    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
        parts = list(threads.map(ordered, np.split(rows, ends)))
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def key_numbers(key: Keys) -> tuple[Numbers, int]:
    """The same number for the same key, from 0, and how many keys there are."""
    row, ordered = _by_hash(key)
    number = np.empty(len(key), dtype=np.int32)
    number[row] = np.cumsum(changes(ordered), dtype=np.int32) - np.int32(1)
    return number, int(number.max(initial=-1)) + 1


def _settle_ties(row: Rows, is_new: Flags, ties: pl.DataFrame) -> Rows:
    """Put rows of one entity and time in order, in place, and tell their places."""
    is_open = ~is_new
    is_open[:-1] |= is_open[1:]
    tied = np.flatnonzero(is_open)
    if len(tied):
        runs = ties[row[tied]].with_columns(run=pl.Series(np.cumsum(is_new[tied])))
        by = [column for column in ties.columns if column != "name"]
        row[tied] = row[tied[runs.select(pl.arg_sort_by("run", *by, "name", nulls_last=True)).to_series().to_numpy()]]
    return tied
