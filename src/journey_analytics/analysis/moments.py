"""Moments: the events of one entity at one time, numbered in the order of entities and time.

Whatever looks at who did what within how long asks about moments, because the order of events inside one is not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.segments import changes
from journey_analytics.arrays.sorting import rows_by_key
from journey_analytics.errors import UsageError, did_you_mean

Places = npt.NDArray[np.int32]
"""Numbers of moments, from 0."""


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
    is_new_entity = changes(key[place])
    is_new = is_new_entity | changes(at)
    moment = np.cumsum(is_new, dtype=np.int32) - np.int32(1)
    code = found["name"].to_numpy()[place]
    of_name = {name: _occurrences(moment[code == number]) for number, name in enumerate(names)}
    return Moments(np.cumsum(is_new_entity[is_new], dtype=np.int32) - np.int32(1), at[is_new], of_name)


def _occurrences(moment: Places) -> Occurrences:
    first = np.flatnonzero(changes(moment))
    return Occurrences(moment[first], np.diff(first, append=len(moment)))
