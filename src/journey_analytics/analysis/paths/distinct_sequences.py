"""Distinct sequences: what many entities did alike is looked at once.

Whatever depends on a sequence alone, how far it strays from a path, which events it repeats, is computed for each
distinct sequence and counted for the entities that have it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from journey_analytics.analysis.paths.ordering import Numbers, in_threads, key_numbers
from journey_analytics.analysis.paths.sequences import Part, Sequences
from journey_analytics.arrays.mixing import mixed
from journey_analytics.arrays.segments import Rows, Segments
from journey_analytics.arrays.sorting import Keys

_CODE_BITS = np.uint64(32)


@dataclass(frozen=True)
class DistinctSequences:
    """Sequences of names, each once, in no order that means anything.

    Attributes:
        names: The different names, in the order of the alphabet.
        code: Number of the name of each event, sequence by sequence.
        events: The events of each sequence.
        of_entity: Number of the sequence of each entity.
    """

    names: list[str]
    code: Numbers
    events: Segments
    of_entity: Numbers

    @cached_property
    def entities_count(self) -> Rows:
        """How many entities have each sequence."""
        return np.bincount(self.of_entity, minlength=len(self.events))

    def paths(self, which: Rows) -> pl.Series:
        """The names of some of them, as lists."""
        lengths = self.events.lengths[which]
        ends = np.cumsum(lengths)
        place = np.arange(lengths.sum()) + np.repeat(self.events.first[which] - ends + lengths, lengths)
        names = pl.Series("path", self.names, dtype=pl.String).gather(self.code[place])
        number = pl.Series("number", np.repeat(np.arange(len(which)), lengths))
        return pl.DataFrame([number, names]).group_by("number", maintain_order=True).agg("path")["path"]


def distinct_sequences(sequences: Sequences) -> DistinctSequences:
    """Find the distinct sequences of names.

    Sequences are told apart by a sum of hashes of each name at its place. Each entity is then compared with the one
    that stands for it, event by event, so that no two different ones are taken for one.
    """
    entities, code = sequences.entities, sequences.code
    salt = np.uint64(0)
    while True:
        of_entity, example = _by_sum(sequences, salt)
        if _are_alike(sequences, example[of_entity]):
            break
        salt += np.uint64(1)
    kept = np.zeros(len(entities), dtype=np.bool_)
    kept[example] = True
    number = np.cumsum(kept, dtype=np.int32) - np.int32(1)
    is_first = np.zeros(len(code), dtype=np.bool_)
    is_first[entities.first] = True
    is_kept = entities.spread(kept)
    return DistinctSequences(
        sequences.names, code[is_kept], Segments.starting(is_first[is_kept]), number[example[of_entity]]
    )


def _are_alike(sequences: Sequences, other: Rows) -> bool:
    """Whether each entity has the sequence of another one."""
    entities, code = sequences.entities, sequences.code
    if not np.array_equal(entities.lengths, entities.lengths[other]):
        return False
    apart = entities.first[other] - entities.first

    def is_alike(part: Part) -> bool:
        place = np.arange(part.events.start, part.events.stop) + part.cut.spread(apart[part.entities])
        return np.array_equal(code[part.events], code[place])

    return all(in_threads(is_alike, sequences.parts()))


def _by_sum(sequences: Sequences, salt: np.uint64) -> tuple[Numbers, Rows]:
    """Of each entity the number of its sum of hashes, and of each number one entity."""
    entities = sequences.entities
    if not len(entities):
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
    started = mixed(np.array([salt]))

    def sums(part: Part) -> Keys:
        place = part.cut.numbers().astype(np.uint64) << _CODE_BITS
        place |= sequences.code[part.events].astype(np.uint64)
        return np.add.reduceat(mixed(place + started), part.cut.first)

    total = np.concatenate(in_threads(sums, sequences.parts()))
    number, count = key_numbers(total)
    example = np.empty(count, dtype=np.int64)
    example[number] = np.arange(len(number))
    return number, example
