"""Moments: the events of one track at one time, numbered in the order of tracks and time.

A track is what can follow each other: the events of one customer, session or whatever is counted. Whatever looks at who
did what within how long asks about moments, because the order of events inside one is not known.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.segments import Flags, changes
from journey_analytics.arrays.sorting import rows_by_key

Places = npt.NDArray[np.int32]
"""Numbers of moments, from 0."""

Micros = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Kind:
    """Events that can serve the same.

    Attributes:
        served: A bit for everything that they can serve.
        moment: Moments that have such events, ascending.
        count: How many each of them has.
    """

    served: int
    moment: Places
    count: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Moments by track, and in each track by time.

    Attributes:
        track: Number of the track of each moment, from 0, ascending; one more, -1, stands for the end.
        at: Its time in microseconds since 1970; one more stands for the end.
        kinds: Where events are that can serve anything.
        row: For each track, the place of one of its rows in the frame.
    """

    track: Places
    at: Micros
    kinds: tuple[Kind, ...]
    row: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """How many moments there are."""
        return len(self.at) - 1

    @property
    def tracks_count(self) -> int:
        """How many tracks have a moment."""
        return len(self.row)

    def with_any(self, served: int) -> Flags:
        """Whether a moment has an event that can serve any of these."""
        found = np.zeros(len(self), dtype=np.bool_)
        for kind in self.kinds:
            if kind.served & served:
                found[kind.moment] = True
        return found


def moments_of(frame: pl.DataFrame) -> Moments:
    """Moments of events.

    Args:
        frame: ``key`` of the track (64 bits, a hash), ``at`` (microseconds) and ``served`` (bits) of each event, in the
            order of ``at``.
    """
    key, at = frame["key"].to_numpy(), frame["at"].to_numpy()
    place = rows_by_key(key)
    key, at, served = key[place], at[place], frame["served"].to_numpy()[place]
    is_new_track = changes(key)
    is_new = is_new_track | changes(at)
    moment = np.cumsum(is_new, dtype=np.int32) - np.int32(1)
    kinds = [_kind(bits, moment[served == bits]) for bits in sorted(frame["served"].unique().to_list()) if bits]
    first = np.flatnonzero(is_new)
    track = np.full(len(first) + 1, -1, dtype=np.int32)
    np.cumsum(is_new_track[first], dtype=np.int32, out=track[:-1])
    track[:-1] -= 1
    time = np.full(len(first) + 1, np.iinfo(np.int64).max)
    np.take(at, first, out=time[:-1])
    return Moments(track, time, tuple(kinds), place[is_new_track])


def _kind(served: int, moment: Places) -> Kind:
    first = np.flatnonzero(changes(moment))
    return Kind(served, moment[first], np.diff(first, append=len(moment)))
