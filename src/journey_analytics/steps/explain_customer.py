"""Explain a customer: which identifiers are theirs, which rule linked each, and which are not theirs and why."""

from typing import Any

import polars as pl

from journey_analytics.config import Project
from journey_analytics.errors import UsageError
from journey_analytics.readable import plural
from journey_analytics.steps.build import stage_models
from journey_analytics.steps.explain import Explanation
from journey_analytics.transform.identities import members_of_sets
from journey_analytics.warehouse.connection import opened
from journey_analytics.warehouse.explain import (
    customers_named,
    identity_changes_of,
    journeys_of_customer,
    linked_identities,
    linked_sets,
)

_SHOWN = 25
_ID_DIGITS = 3
_RULES = {
    "user_id": "the business's own number: a customer of its own",
    "alias": "the same customer by an alias event",
    "one_profile": "seen with one customer number only",
    "component": "seen with identifiers that lead to this customer alone",
    "alone": "seen with no customer number",
    "shared": "shared: seen with several customer numbers, so it stands alone",
    "last_user": "shared: all that happened on it is its last user's",
    "over_connected": "over-connected: seen with too many values of a stronger kind, so it links nobody",
}

_GAVE = {"merged": "merged into", "split": "gave a part to", "renamed": "became"}
_TOOK = {"merged": "took in", "split": "took in a part of", "renamed": "was before"}


def explain_customer(project: Project, name: str) -> Explanation:
    """Explain one customer by the published id or by an identifier.

    Raises:
        UsageError: There was no run yet, or there is no such customer, or several.
    """
    model = stage_models(project)[0]
    with opened(project.state_database, read_only=True) as connection:
        found = customers_named(connection, name)
        if not found:
            raise _nobody(name, identity_changes_of(connection, name))
        if len(found) > 1:
            listed = ", ".join(f"{key:016x}" for key in found[:5])
            raise UsageError(
                f"'{name}' is an identifier of {len(found)} customers: {listed}.", hint="Name one by its id."
            )
        customer = found[0]
        sets, identities = linked_sets(connection, customer), linked_identities(connection, customer)
        journeys = journeys_of_customer(connection, customer, model.name)
        changes = identity_changes_of(connection, f"{customer:016x}").rows(named=True)
    members = members_of_sets(sets, project.settings.identity.blocked_values).join(identities, on=["kind", "value"])
    own = _with_partner(members, customer)
    others = _not_theirs(members, sets, customer)
    lines = [f"customer {customer:016x}: {plural(own.height, 'identifier')}, {plural(journeys.height, 'journey')}", ""]
    lines += [
        f"{row['kind']:<16}{shown(row['kind'], row['value']):<34}{_RULES[row['rule']]}{_with(row)}"
        for row in own.head(_SHOWN).rows(named=True)
    ]
    lines += [f"and {own.height - _SHOWN} more"] if own.height > _SHOWN else []
    lines += ["", "in the same rows, but not theirs:"] if others.height else []
    lines += [
        f"{row['kind']:<16}{shown(row['kind'], row['value']):<34}{_RULES[row['rule']]}"
        for row in others.head(_SHOWN).rows(named=True)
    ]
    lines += ["", *(_change(row, f"{customer:016x}") for row in changes[-_SHOWN:])] if changes else []
    lines.append("")
    lines += [_journey(row) for row in journeys.rows(named=True)]
    return Explanation(
        lines,
        {
            "customer_id": f"{customer:016x}",
            "identifiers": _masked(own),
            "not_theirs": _masked(others),
            "identity_changes": changes,
            "journeys": journeys.rows(named=True),
        },
    )


def _nobody(name: str, changes: pl.DataFrame) -> UsageError:
    """Why there is no such customer: never was, or went into another."""
    went = changes.filter(customer_id_before=name.lower())
    if went.is_empty():
        return UsageError(
            f"no customer has the id or the identifier '{name}'.",
            hint='See some: journey query "select customer_id from journeys.customers limit 5"',
        )
    last = went.row(-1, named=True)
    return UsageError(
        f"customer {last['customer_id_before']} is no more: it {_GAVE[last['change']]} customer "
        f"{last['customer_id_after']} in run {last['run_id']}.",
        hint=f"See that one: journey explain customer {last['customer_id_after']}",
    )


def _change(row: dict[str, Any], customer_id: str) -> str:
    """What happened to a customer's identity, in their own view."""
    events = plural(row["events_count"], "event")
    if row["customer_id_after"] == customer_id:
        told = f"{_TOOK[row['change']]} customer {row['customer_id_before']}"
    else:
        told = f"{_GAVE[row['change']]} customer {row['customer_id_after']}"
    return f"run {row['run_id']}  {told} ({events})"


def shown(kind: str, value: str) -> str:
    """An identifier as it may stand on a screen: addresses and telephone numbers in part.

    >>> shown("email", "ann.lee@example.com"), shown("phone", "+420123456789"), shown("user_id", "u1")
    ('a…@example.com', '…789', 'u1')
    """
    if "@" in value:
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}…@{domain}"
    return f"…{value[-_ID_DIGITS:]}" if kind == "phone" else value


def _with_partner(members: pl.DataFrame, customer: int) -> pl.DataFrame:
    """The customer's identifiers, each with another of theirs that it was first seen with."""
    own = members.filter(pl.col("customer_key") == customer)
    pairs = own.join(own.select("set_key", other_kind="kind", other_value="value"), on="set_key").filter(
        (pl.col("kind") != pl.col("other_kind")) | (pl.col("value") != pl.col("other_value"))
    )
    partner = (
        pairs.sort("first_occurred_at", "other_kind", "other_value", nulls_last=True)
        .group_by("kind", "value", maintain_order=True)
        .agg(pl.col("other_kind", "other_value").first())
    )
    return (
        own.group_by("kind", "value", "rule")
        .agg(pl.col("first_occurred_at").min())
        .join(partner, on=["kind", "value"], how="left")
        .sort("first_occurred_at", "kind", "value", nulls_last=True)
    )


def _not_theirs(members: pl.DataFrame, sets: pl.DataFrame, customer: int) -> pl.DataFrame:
    """Identifiers of others that stand in rows of the customer, or beside identifiers of theirs."""
    touched = pl.concat(
        [
            members.filter(pl.col("customer_key") == customer).select("set_key"),
            sets.filter(pl.col("customer_key") == customer).select("set_key"),
        ]
    )
    return (
        members.join(touched.unique(), on="set_key", how="semi")
        .filter(pl.col("customer_key") != customer)
        .select("kind", "value", "rule")
        .unique()
        .sort("kind", "value")
    )


def _with(row: dict[str, Any]) -> str:
    return f" (with {row['other_kind']} {shown(row['other_kind'], row['other_value'])})" if row["other_kind"] else ""


def _masked(identifiers: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {"kind": row["kind"], "value": shown(row["kind"], row["value"]), "rule": row["rule"]}
        for row in identifiers.rows(named=True)
    ]


def _journey(row: dict[str, Any]) -> str:
    path = " → ".join(row["stages"]) or "no stage"
    end = (
        f"goal reached {row['goal_reached_at']:%Y-%m-%d}"
        if row["goal_reached_at"]
        else f"lapses {row['lapses_at']:%Y-%m-%d}"
    )
    return (
        f"journey {row['journey_index']}  {row['started_at']:%Y-%m-%d} to {row['last_interaction_at']:%Y-%m-%d}, "
        f"{plural(row['touchpoints_count'], 'interaction')}: {path}; {end}"
    )
