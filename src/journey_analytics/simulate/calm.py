"""Calm: when a contact between visits is not the end of a silence."""

import numpy as np
import polars as pl

from journey_analytics.simulate.rhythm import DAY, Flags, Integers
from journey_analytics.simulate.world import World


class Calm:
    """Tells who is still there at an instant.

    People who have fallen silent are silent everywhere: they click on nothing, so contacts outside visits are allowed
    only where they do not interrupt a silence.
    """

    def __init__(self, visits: pl.DataFrame, world: World) -> None:
        """Look at visits in the order of people and time."""
        self._longest = world.mail.calm_days * DAY
        # One number per visit that sorts by person, then by time.
        self._lift = 2 * (world.ends_at - world.starts_at)
        self._origin = world.starts_at
        self._keys = self._key(visits["person"].to_numpy(), visits["at"].to_numpy())

    def between_visits(self, person: Integers, at: Integers) -> Flags:
        """Whether the visits before and after are close to each other."""
        place = np.searchsorted(self._keys, self._key(person, at), side="right")
        before, after = self._keys[np.maximum(place - 1, 0)], self._keys[np.minimum(place, len(self._keys) - 1)]
        is_inside = (
            (place > 0) & (place < len(self._keys)) & (before // self._lift == person) & (after // self._lift == person)
        )
        return is_inside & (after - before < self._longest)

    def after_visit(self, person: Integers, at: Integers) -> Flags:
        """Whether the visit before is recent."""
        key = self._key(person, at)
        place = np.searchsorted(self._keys, key, side="right")
        before = self._keys[np.maximum(place - 1, 0)]
        return (place > 0) & (before // self._lift == person) & (key - before < self._longest)

    def _key(self, person: Integers, at: Integers) -> Integers:
        return person * self._lift + at - self._origin
