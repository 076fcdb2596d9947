"""Sequences: the events of each entity in order, as arrays in which an entity's events stand together.

What follows what, variants, rework, conformance and attribution look at events in this order.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import check_columns
from journey_analytics.analysis.paths.ordering import Numbers, Places, Times, in_order, key_numbers
from journey_analytics.arrays.segments import Flags, Rows, Segments

_EVENTS_PER_PART = 120_000


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
    at: Times
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

    def parts(self, least_events: int = 0) -> list["Part"]:
        """All events, some entities at a time, few enough for the processor's cache, or so many as are asked for."""
        first = np.append(self.entities.first, len(self.code))
        wanted = np.arange(0, len(self.code), max(_EVENTS_PER_PART, least_events))
        bounds = np.append(np.unique(np.searchsorted(self.entities.first, wanted)), len(self.entities)).tolist()
        return [
            Part(
                slice(low, high),
                slice(int(first[low]), int(first[high])),
                Segments(first[low:high] - first[low], int(first[high] - first[low])),
            )
            for low, high in itertools.pairwise(bounds)
        ]


@dataclass(frozen=True)
class Part:
    """Some entities of sequences.

    Attributes:
        entities: Which ones.
        events: Which events are theirs.
        cut: These, cut into entities.
    """

    entities: slice
    events: slice
    cut: Segments


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


def _beside(found: pl.DataFrame, columns: Sequence[str], rows: Places) -> pl.DataFrame:
    return (
        found.select(pl.col(f"column {column}").alias(column) for column in columns)[rows]
        if columns
        else pl.DataFrame()
    )
