"""Who is who: every identifier belongs to one profile, decided by the whole set of links, never by their order.

* A blocked value counts as missing.
* ``user_id`` is unique: two are one profile only through an alias event.
* Any other identifier seen with exactly one profile belongs to it; seen with several it is *shared* and stands alone.
* An identifier seen with too many values of one higher-priority kind is *over-connected*: it makes no links.
* Identifiers that no profile owns form components over their links. A component that touches exactly one profile
  joins it; otherwise it is a profile of its own.
* A profile is named by its least identifier in the order (kind, first seen, value).
* With ``shared_device = "last_user"`` a browser or device that is shared belongs to the user seen on it last, and so do
  all rows that carry it, whoever they name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from journey_analytics.config import SharedDevice
from journey_analytics.transform.identity_graph import IdentityGraph, Mask, Nodes
from journey_analytics.transform.shared_devices import DEVICE_KINDS, last_users
from journey_analytics.vocabulary import BLOCKED_IDENTIFIERS, CLICK_ID_TYPES

IDENTIFIER_COLUMNS = (
    "user_id", "email", "phone", "anonymous_id", "device_id", "previous_id", "vendor_ids", "click_id", "click_id_type",
)  # fmt: skip
"""Columns of ``staging.events`` that say who an event is about; together they are an *identifier set*."""

_BEFORE_VENDOR_IDS = ("user_id", "email")
_AFTER_VENDOR_IDS = ("phone", "anonymous_id", "device_id", *CLICK_ID_TYPES)


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


def resolve_identities(
    sets: pl.DataFrame,
    blocked: Sequence[str] = (),
    max_values: int = 5,
    shared_device: SharedDevice = "own_profile",
) -> Identities:
    """Apply the identity rules.

    Args:
        sets: Distinct identifier sets: ``set_key``, the ``IDENTIFIER_COLUMNS``, and ``first_occurred_at`` (null for
            reference rows); ``last_occurred_at`` where devices may belong to their last user.
        blocked: Values that count as missing, beside those that vendors write where there is none.
        max_values: With more values of one higher-priority kind an identifier is over-connected.
        shared_device: Whose the events on a shared device are.

    Returns:
        The owner of every identifier and of every set; nothing in it depends on the order of the rows, and nothing
        about a set on sets of other components.
    """
    members = members_of_sets(sets, blocked)
    nodes = _nodes(members)
    placed = members.join(nodes.select("kind", "value", "node"), on=["kind", "value"])
    graph = IdentityGraph.of(nodes, placed, max_values)
    profile = graph.profiles()
    rules = graph.rules(profile)
    claims = np.zeros(nodes.height, dtype=np.bool_)
    if shared_device == "last_user":
        devices = graph.is_shared & nodes["kind"].is_in(DEVICE_KINDS).to_numpy()
        users = last_users(placed, sets, graph.is_user, devices)
        claims = users >= 0
        profile = np.where(claims, profile[users], profile)
        rules = np.where(claims, "last_user", rules)
    named = nodes.with_columns(rule=pl.Series(rules, dtype=pl.String), owner=pl.Series(profile))
    owners = nodes.select(owner="node", owner_kind="kind", owner_value="value")
    components = _components_of_nodes(placed, graph)
    identifiers = named.join(owners, on="owner").join(components, on="node").sort("node")
    return Identities(
        identifiers.select("kind", "value", "rule", "first_occurred_at", "component_key", "owner_kind", "owner_value"),
        _owners_of_sets(placed, graph, profile, claims, owners, components),
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
    return (
        pl.concat([*plain, vendor, clicks], how="diagonal")
        .drop_nulls(["kind", "value"])
        .filter(~pl.col("value").str.strip_chars().str.to_lowercase().is_in(no_identifiers(blocked)))
    )


def no_identifiers(blocked: Sequence[str]) -> list[str]:
    """Values that count as missing, in small letters: those that vendors write where there is none, and a project's."""
    return [*BLOCKED_IDENTIFIERS, *(value.strip().lower() for value in blocked)]


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


def _components_of_nodes(placed: pl.DataFrame, graph: IdentityGraph) -> pl.DataFrame:
    """``node`` and ``component_key``: components are named by their least set, so that a name outlives a rebuild."""
    numbers = (
        pl.DataFrame({"number": graph.components()}).with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    )
    names = placed.join(numbers, on="node").group_by("number").agg(component_key=pl.col("set_key").min())
    return numbers.join(names, on="number").select("node", "component_key")


def _owners_of_sets(
    placed: pl.DataFrame,
    graph: IdentityGraph,
    profile: Nodes,
    claims: Mask,
    owners: pl.DataFrame,
    components: pl.DataFrame,
) -> pl.DataFrame:
    """A set belongs to its best identifier: one that claims it, else neither shared nor over-connected, else any."""
    size = len(profile)
    turn = np.where(claims, 0, np.where(graph.is_over | graph.is_shared, 2, 1))
    place = pl.Series(turn * size + np.arange(size))
    best = (
        placed.select("set_key", place=place.gather(placed["node"]))
        .group_by("set_key")
        .agg(node=pl.col("place").min() % size)
    )
    return (
        best.with_columns(owner=pl.Series(profile).gather(best["node"]))
        .join(owners, on="owner")
        .join(components, on="node")
        .select("set_key", "component_key", "owner_kind", "owner_value")
        .sort("set_key")
    )
