"""Identifiers and what was seen together as a graph of numbers, on which the rules of identity are decided."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.components import components

Nodes = npt.NDArray[np.signedinteger[Any]]
"""Numbers of identifiers, in the order in which they name profiles."""

Mask = npt.NDArray[np.bool_]
"""A yes or no for each identifier, or each link."""


@dataclass(frozen=True)
class IdentityGraph:
    """Identifiers as nodes, each pair seen in one set as a link.

    Attributes:
        priority: For each identifier the place of its kind; 0 is that of user ids.
        low: For each link the identifier with the smaller number.
        high: The one with the greater number.
        over_counts: For each identifier that is over-connected how many values it was seen with, else 0.
    """

    priority: Nodes
    low: Nodes
    high: Nodes
    over_counts: Nodes

    @classmethod
    def of(cls, nodes: pl.DataFrame, placed: pl.DataFrame, max_values: int) -> "IdentityGraph":
        """The graph of identifiers, ``node`` and ``priority``, and the sets they stand in, ``set_key`` and ``node``."""
        one, other = placed.select("set_key", low="node"), placed.select("set_key", high="node")
        pairs = one.join(other, on="set_key").filter(pl.col("low") < pl.col("high")).select("low", "high").unique()
        priority = nodes["priority"].to_numpy()
        low, high = pairs["low"].to_numpy(), pairs["high"].to_numpy()
        counts = (
            pl.DataFrame({"node": high, "kind": priority[low], "own": priority[high]})
            .filter(pl.col("kind") < pl.col("own"))
            .group_by("node", "kind")
            .len()
            .filter(pl.col("len") > max_values)
            .group_by("node")
            .agg(pl.col("len").max())
        )
        over_counts = np.zeros(len(priority), dtype=np.int64)
        over_counts[counts["node"].to_numpy()] = counts["len"].to_numpy()
        return cls(priority, low, high, over_counts)

    @property
    def is_user(self) -> Mask:
        """User ids."""
        return self.priority == 0

    @property
    def is_over(self) -> Mask:
        """Identifiers seen with so many values that they link nobody."""
        return self.over_counts > 0

    @property
    def is_shared(self) -> Mask:
        """Identifiers seen with several classes of user ids."""
        return self.seen_with[0] > 1

    @property
    def usable(self) -> Mask:
        """Links between identifiers that make links."""
        return ~(self.is_over[self.low] | self.is_over[self.high])

    def components(self) -> Nodes:
        """For each identifier the number of its component over all links, whether they count or not.

        No rule looks further than this: who is who in a component can be decided without the others.
        """
        return components(len(self.priority), self.low, self.high)

    @cached_property
    def user_classes(self) -> Nodes:
        """For each user id the number of its class: itself, or all that alias events make one."""
        same = self.is_user[self.low] & self.is_user[self.high]
        return components(len(self.priority), self.low[same], self.high[same])

    @cached_property
    def seen_with(self) -> tuple[Nodes, Nodes]:
        """For each other identifier: how many classes it was seen with, and one of them; for user ids none."""
        direct = self.usable & self.is_user[self.low] & ~self.is_user[self.high]
        return _distinct_partners(len(self.priority), self.high[direct], self.user_classes[self.low[direct]])

    def profiles(self) -> Nodes:
        """For each identifier the least identifier of its profile."""
        size = len(self.priority)
        count, owner = self.seen_with
        is_owned = count == 1
        is_free = ~(self.is_user | is_owned | self.is_shared | self.is_over)

        between = self.usable & is_free[self.low] & is_free[self.high]
        component = components(size, self.low[between], self.high[between])
        ends = (np.concatenate([self.low, self.high]), np.concatenate([self.high, self.low]))
        touching = np.concatenate([self.usable, self.usable]) & is_free[ends[0]] & is_owned[ends[1]]
        touched, touched_class = _distinct_partners(size, component[ends[0][touching]], owner[ends[1][touching]])
        joins = is_free & (touched[component] == 1)

        # Numbers of classes, of components and of loners must not meet.
        profile = np.where(self.is_user, self.user_classes, 2 * size + np.arange(size))
        profile = np.where(is_owned, owner, profile)
        profile = np.where(is_free, size + component, profile)
        profile = np.where(joins, touched_class[component], profile)
        _, first, inverse = np.unique(profile, return_index=True, return_inverse=True)
        return first[inverse].astype(np.int64)

    def rules(self, profile: Nodes) -> npt.NDArray[np.str_]:
        """For each identifier the name of the rule that gave it its profile."""
        count, _ = self.seen_with
        class_sizes = np.bincount(self.user_classes[self.is_user], minlength=len(self.priority))
        aliased = self.is_user & (class_sizes[self.user_classes] > 1)
        joined = ~self.is_user & (count == 0) & self.is_user[profile]
        conditions = [aliased, self.is_user, self.is_over, count > 1, count == 1, joined]
        names = ["alias", "user_id", "over_connected", "shared", "one_profile", "component"]
        return np.select(conditions, names, default="alone")

    def findings(self, nodes: pl.DataFrame, profile: Nodes) -> pl.DataFrame:
        """Identifiers that could not be given to one profile."""
        size = len(self.priority)
        count, _ = self.seen_with
        settled = self.usable & ~(self.is_shared[self.low] | self.is_shared[self.high])
        crossing = settled & (profile[self.low] != profile[self.high])
        others, _ = _distinct_partners(size, self.high[crossing], profile[self.low[crossing]])
        found = [
            _finding(nodes, "shared", np.where(self.is_shared, count, 0)),
            _finding(nodes, "over_connected", self.over_counts),
            _finding(nodes, "conflict", np.where(others > 0, others + 1, 0)),
        ]
        return pl.concat(found)


def _distinct_partners(size: int, nodes: Nodes, partners: Nodes) -> tuple[Nodes, Nodes]:
    """For each node the number of its distinct partners, and the least of them (0 where there is none)."""
    pairs = pl.DataFrame({"node": nodes, "partner": partners}).group_by("node").agg(
        pl.col("partner").n_unique().alias("count"), pl.col("partner").min()
    )  # fmt: skip
    count, least = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    at = pairs["node"].to_numpy()
    count[at], least[at] = pairs["count"].to_numpy(), pairs["partner"].to_numpy()
    return count, least


def _finding(nodes: pl.DataFrame, finding: str, counts: Nodes) -> pl.DataFrame:
    return nodes.select(
        pl.lit(finding).alias("finding"), "kind", "value", profiles_count=pl.Series(counts, dtype=pl.Int64)
    ).filter(pl.col("profiles_count") > 0)
