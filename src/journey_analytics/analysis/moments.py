"""Moments: the events of one entity at one time, numbered in the order of entities and time.

Whatever looks at who did what within how long asks about moments, because the order of events inside one is not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.errors import UsageError, did_you_mean

Places = npt.NDArray[np.int32]
"""Numbers of moments, from 0."""

Flags = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]

_BITS = 64


@dataclass(frozen=True)
class Occurrences:
    """Where events of one name are.

    Attributes:
        moment: Moments that have such events, ascending.
        count: How many each of them has.
    """

    moment: Places
    count: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Moments by entity, and in each entity by time.

    Attributes:
        entity: Number of the entity of each moment, from 0, ascending.
        at: Its time in microseconds since 1970.
        of_name: Where the events of each name are.
    """

    entity: Places
    at: npt.NDArray[np.int64]
    of_name: dict[str, Occurrences]

    @property
    def entities_count(self) -> int:
        """How many entities have a moment."""
        return int(self.entity[-1]) + 1 if len(self.entity) else 0


def moments_of(
    events: pl.DataFrame | pl.LazyFrame, names: Sequence[str], *, entity: str, time: str, event: str
) -> Moments:
    """Moments of the events with certain names, in whatever order the rows stand.

    Rows without an entity or without a time are left out. Entities are told apart by a hash of 64 bits: the chance that
    any two of a million are taken for one is 1 in 37 million.

    Args:
        events: Any event log; of a lazy one only the three columns of these events are read.
        names: Different names.
        entity: Column of the customer, session or whatever else the events belong to.
        time: Column of the time, a date or a date with a time.
        event: Column of the name, a text.

    Raises:
        UsageError: A column is missing or of another kind.
    """
    log = events.lazy()
    _check_columns(log.collect_schema(), entity=entity, time=time, event=event)
    name = pl.col(event).cast(pl.String)
    found = (
        log.filter(name.is_in(list(names)), pl.col(entity).is_not_null(), pl.col(time).is_not_null())
        .select(
            key=pl.col(entity).hash(),
            at=pl.col(time).dt.epoch("us"),
            name=name.cast(pl.Enum(names)).to_physical(),
        )
        .collect(engine="streaming")
    )
    if not found["at"].is_sorted():
        found = found.sort("at")
    return _numbered(found, names)


def _check_columns(schema: pl.Schema, *, entity: str, time: str, event: str) -> None:
    for column in (entity, time, event):
        if column not in schema:
            raise UsageError(f"The events have no column '{column}'.", hint=did_you_mean(column, schema.names()))
    if not isinstance(schema[time], pl.Datetime | pl.Date):
        raise UsageError(f"Column '{time}' is of type {schema[time]}.", hint="Give a column of Datetime or Date.")
    if not isinstance(schema[event], pl.String | pl.Categorical | pl.Enum):
        raise UsageError(f"Column '{event}' is of type {schema[event]}.", hint="Give a column of texts.")


def _numbered(found: pl.DataFrame, names: Sequence[str]) -> Moments:
    key = found["key"].to_numpy()
    place = rows_by_key(key)
    at = found["at"].to_numpy()[place]
    is_new_entity = _changes(key[place])
    is_new = is_new_entity | _changes(at)
    moment = np.cumsum(is_new, dtype=np.int32) - np.int32(1)
    code = found["name"].to_numpy()[place]
    of_name = {name: _occurrences(moment[code == number]) for number, name in enumerate(names)}
    return Moments(np.cumsum(is_new_entity[is_new], dtype=np.int32) - np.int32(1), at[is_new], of_name)


def _occurrences(moment: Places) -> Occurrences:
    first = np.flatnonzero(_changes(moment))
    return Occurrences(moment[first], np.diff(first, append=len(moment)))


def rows_by_key(key: Keys) -> npt.NDArray[np.int64]:
    """Rows in the order of their keys, equal keys as they stand; quick where keys are hashes.

    A plain sort of integers is many times faster than a stable sort of rows: each integer holds the upper bits of the
    key and, below them, the row. The few rows whose keys differ in the lower bits only are put apart afterwards.
    """
    row_bits = np.uint64(len(key).bit_length())
    packed = key >> row_bits << row_bits
    packed |= np.arange(len(key), dtype=np.uint64)
    packed.sort()
    rows = (packed & np.uint64((1 << int(row_bits)) - 1)).view(np.int64)
    ordered = key[rows]
    is_new_key, is_new_prefix = _changes(ordered), _changes(ordered >> row_bits)
    if not np.array_equal(is_new_key, is_new_prefix):
        first = np.flatnonzero(is_new_prefix)
        is_mixed = np.add.reduceat(is_new_key, first, dtype=np.int64) > 1
        mixed = np.flatnonzero(np.repeat(is_mixed, np.diff(first, append=len(key))))
        rows[mixed] = rows[mixed[np.argsort(ordered[mixed], kind="stable")]]
    return rows


def _changes(values: npt.NDArray[Any]) -> Flags:
    """Whether each value differs from the one before; the first does."""
    found = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found
