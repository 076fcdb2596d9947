"""Customers who share a fate: those between whom events moved, directly or through others."""

import polars as pl

from journey_analytics.arrays.components import components


def customer_groups(moves: pl.DataFrame) -> pl.DataFrame:
    """Put customers into groups.

    Args:
        moves: ``customer_before`` and ``customer_now`` of events that changed their customer; one row per pair.

    Returns:
        ``customer_key`` and ``group_key``, the least key of the group; one row per customer of a move.
    """
    keys = pl.concat([moves["customer_before"], moves["customer_now"]]).unique().sort()
    before, now = keys.search_sorted(moves["customer_before"]), keys.search_sorted(moves["customer_now"])
    group = components(len(keys), before.to_numpy(), now.to_numpy())
    return pl.DataFrame({"customer_key": keys, "group": group}).select(
        "customer_key", group_key=pl.col("customer_key").min().over("group")
    )
