"""Who is who: every identifier belongs to one profile, decided by the whole set of links, never by their order.

* A blocked value counts as missing.
* ``user_id`` is unique: two are one profile only through an alias event.
* Any other identifier seen with exactly one profile belongs to it; seen with several it is *shared* and stands alone.
* An identifier seen with too many values of one higher-priority kind is *over-connected*: it makes no links.
* Identifiers that no profile owns form components over their links. A component that touches exactly one profile
  joins it; otherwise it is a profile of its own.
* A profile is named by its least identifier in the order (kind, first seen, value).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from journey_analytics.vocabulary import BLOCKED_IDENTIFIERS, CLICK_ID_TYPES

IDENTIFIER_COLUMNS = (
    "user_id", "email", "phone", "anonymous_id", "device_id", "previous_id", "vendor_ids", "click_id", "click_id_type",
)  # fmt: skip
"""Columns of ``staging.events`` that say who an event is about; together they are an *identifier set*."""

_BEFORE_VENDOR_IDS = ("user_id", "email")
_AFTER_VENDOR_IDS = ("phone", "anonymous_id", "device_id", *CLICK_ID_TYPES)

Nodes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Identities:
    """What the identity rules decided.

    Attributes:
        identifiers: One row per identifier: ``kind``, ``value``, ``rule``, ``first_occurred_at``, ``component_key``,
            and the identifier that names its profile, ``owner_kind`` and ``owner_value``.
        sets: One row per identifier set that has a usable identifier: ``set_key``, ``component_key``, ``owner_kind``,
            ``owner_value``.
        findings: ``finding`` (shared, over_connected, conflict), ``kind``, ``value``, ``profiles_count``.
    """

    identifiers: pl.DataFrame
    sets: pl.DataFrame
    findings: pl.DataFrame


def resolve_identities(sets: pl.DataFrame, blocked: Sequence[str] = (), max_values: int = 5) -> Identities:
    """Apply the identity rules.

    Args:
        sets: Distinct identifier sets: ``set_key``, the ``IDENTIFIER_COLUMNS``, and ``first_occurred_at`` (null for
            reference rows).
        blocked: Values that count as missing, beside those that vendors write where there is none.
        max_values: With more values of one higher-priority kind an identifier is over-connected.

    Returns:
        The owner of every identifier and of every set; nothing in it depends on the order of the rows, and nothing
        about a set on sets of other components.
    """
    members = members_of_sets(sets, blocked)
    nodes = _nodes(members)
    placed = members.join(nodes.select("kind", "value", "node"), on=["kind", "value"])
    graph = _Graph.of(nodes, placed, max_values)
    profile = graph.profiles()
    named = nodes.with_columns(rule=graph.rules(profile), owner=pl.Series(profile))
    owners = nodes.select(owner="node", owner_kind="kind", owner_value="value")
    components = _components_of_nodes(placed, graph)
    identifiers = named.join(owners, on="owner").join(components, on="node").sort("node")
    return Identities(
        identifiers.select("kind", "value", "rule", "first_occurred_at", "component_key", "owner_kind", "owner_value"),
        _owners_of_sets(placed, graph, pl.Series("owner", profile), owners, components),
        graph.findings(nodes, profile),
    )


def members_of_sets(sets: pl.DataFrame, blocked: Sequence[str] = ()) -> pl.DataFrame:
    """Identifier sets as rows of ``set_key``, ``kind``, ``value``, ``first_occurred_at``; blocked values left out."""
    at = ["set_key", "first_occurred_at"]
    plain = [
        sets.select(*at, kind=pl.lit(kind), value=column)
        for kind, column in (
            ("user_id", "user_id"),
            ("email", "email"),
            ("phone", "phone"),
            ("anonymous_id", "anonymous_id"),
            ("device_id", "device_id"),
            # The previous id of an alias is a user id, and also the anonymous id of that value.
            ("user_id", "previous_id"),
            ("anonymous_id", "previous_id"),
        )
    ]
    vendor = sets.select(*at, "vendor_ids").explode("vendor_ids").drop_nulls("vendor_ids").unnest("vendor_ids")
    clicks = sets.select(*at, kind="click_id_type", value="click_id")
    refused = [*BLOCKED_IDENTIFIERS, *(value.strip().lower() for value in blocked)]
    return (
        pl.concat([*plain, vendor, clicks], how="diagonal")
        .drop_nulls(["kind", "value"])
        .filter(~pl.col("value").str.strip_chars().str.to_lowercase().is_in(refused))
    )


def _nodes(members: pl.DataFrame) -> pl.DataFrame:
    """Identifiers numbered in the order in which they name profiles: kind, first seen (never last), value."""
    kinds = members["kind"].unique().to_list()
    vendor_kinds = sorted(set(kinds) - {*_BEFORE_VENDOR_IDS, *_AFTER_VENDOR_IDS})
    order = {kind: place for place, kind in enumerate([*_BEFORE_VENDOR_IDS, *vendor_kinds, *_AFTER_VENDOR_IDS])}
    return (
        members.group_by("kind", "value")
        .agg(pl.col("first_occurred_at").min())
        .with_columns(priority=pl.col("kind").replace_strict(order, return_dtype=pl.Int64))
        .sort("priority", "first_occurred_at", "value", nulls_last=True)
        .with_row_index("node")
        .with_columns(pl.col("node").cast(pl.Int64))
    )


@dataclass(frozen=True)
class _Graph:
    """Identifiers as nodes, each pair seen in one set as a link. ``low`` has the smaller number."""

    priority: Nodes
    low: Nodes
    high: Nodes
    over_counts: Nodes

    @classmethod
    def of(cls, nodes: pl.DataFrame, placed: pl.DataFrame, max_values: int) -> "_Graph":
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
        return self.priority == 0

    @property
    def is_over(self) -> Mask:
        return self.over_counts > 0

    @property
    def usable(self) -> Mask:
        """Links between identifiers that make links."""
        return ~(self.is_over[self.low] | self.is_over[self.high])

    def components(self) -> Nodes:
        """For each identifier the number of its component over all links, whether they count or not.

        No rule looks further than this: who is who in a component can be decided without the others.
        """
        return _components(len(self.priority), self.low, self.high)

    def user_classes(self) -> Nodes:
        """For each user id the number of its class: itself, or all that alias events make one."""
        same = self.is_user[self.low] & self.is_user[self.high]
        return _components(len(self.priority), self.low[same], self.high[same])

    def seen_with(self) -> tuple[Nodes, Nodes]:
        """For each other identifier: how many classes it was seen with, and one of them."""
        classes = self.user_classes()
        direct = self.usable & self.is_user[self.low] & ~self.is_user[self.high]
        return _distinct_partners(len(self.priority), self.high[direct], classes[self.low[direct]])

    def profiles(self) -> Nodes:
        """For each identifier the least identifier of its profile."""
        size = len(self.priority)
        count, owner = self.seen_with()
        is_owned = ~self.is_user & (count == 1)
        is_shared = ~self.is_user & (count > 1)
        is_free = ~(self.is_user | is_owned | is_shared | self.is_over)

        between = self.usable & is_free[self.low] & is_free[self.high]
        component = _components(size, self.low[between], self.high[between])
        ends = (np.concatenate([self.low, self.high]), np.concatenate([self.high, self.low]))
        touching = np.concatenate([self.usable, self.usable]) & is_free[ends[0]] & is_owned[ends[1]]
        touched, touched_class = _distinct_partners(size, component[ends[0][touching]], owner[ends[1][touching]])
        joins = is_free & (touched[component] == 1)

        # Numbers of classes, of components and of loners must not meet.
        profile = np.where(self.is_user, self.user_classes(), 2 * size + np.arange(size))
        profile = np.where(is_owned, owner, profile)
        profile = np.where(is_free, size + component, profile)
        profile = np.where(joins, touched_class[component], profile)
        _, first, inverse = np.unique(profile, return_index=True, return_inverse=True)
        return first[inverse].astype(np.int64)

    def rules(self, profile: Nodes) -> pl.Series:
        """For each identifier the name of the rule that gave it its profile."""
        size = len(self.priority)
        count, _ = self.seen_with()
        class_sizes = np.bincount(self.user_classes()[self.is_user], minlength=size)
        aliased = self.is_user & (class_sizes[self.user_classes()] > 1)
        joined = ~self.is_user & (count == 0) & self.is_user[profile]
        conditions = [aliased, self.is_user, self.is_over, count > 1, count == 1, joined]
        names = ["alias", "user_id", "over_connected", "shared", "one_profile", "component"]
        return pl.Series("rule", np.select(conditions, names, default="alone"))

    def findings(self, nodes: pl.DataFrame, profile: Nodes) -> pl.DataFrame:
        """Identifiers that could not be given to one profile."""
        size = len(self.priority)
        count, _ = self.seen_with()
        is_shared = ~self.is_user & (count > 1)
        settled = self.usable & ~(is_shared[self.low] | is_shared[self.high])
        crossing = settled & (profile[self.low] != profile[self.high])
        others, _ = _distinct_partners(size, self.high[crossing], profile[self.low[crossing]])
        found = [
            _finding(nodes, "shared", np.where(is_shared & ~self.is_over, count, 0)),
            _finding(nodes, "over_connected", self.over_counts),
            _finding(nodes, "conflict", np.where(others > 0, others + 1, 0)),
        ]
        return pl.concat(found)


def _components_of_nodes(placed: pl.DataFrame, graph: _Graph) -> pl.DataFrame:
    """``node`` and ``component_key``: components are named by their least set, so that a name outlives a rebuild."""
    numbers = (
        pl.DataFrame({"number": graph.components()}).with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    )
    names = placed.join(numbers, on="node").group_by("number").agg(component_key=pl.col("set_key").min())
    return numbers.join(names, on="number").select("node", "component_key")


def _owners_of_sets(
    placed: pl.DataFrame, graph: _Graph, profile: pl.Series, owners: pl.DataFrame, components: pl.DataFrame
) -> pl.DataFrame:
    """A set belongs to its best identifier that is neither shared nor over-connected, else to its best."""
    count, _ = graph.seen_with()
    is_settled = pl.Series("is_settled", graph.is_user | ~(graph.is_over | (count > 1)))
    by_node = pl.DataFrame([profile, is_settled]).with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    best = (
        placed.select("set_key", "node")
        .join(by_node, on="node")
        .group_by("set_key")
        .agg(node=pl.coalesce(pl.col("node").filter("is_settled").min(), pl.col("node").min()))
    )
    return (
        best.join(by_node, on="node")
        .join(owners, on="owner")
        .join(components, on="node")
        .select("set_key", "component_key", "owner_kind", "owner_value")
        .sort("set_key")
    )


def _components(size: int, low: Nodes, high: Nodes) -> Nodes:
    links = coo_array((np.ones(len(low), dtype=np.int8), (low, high)), shape=(size, size))
    return connected_components(links, directed=False)[1].astype(np.int64)


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
