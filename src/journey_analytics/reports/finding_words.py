"""Findings for people: a headline, one line, and what to say of the comparisons that were made."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from journey_analytics.analysis.comparison.compared_edges import Finding
from journey_analytics.analysis.findings.options import ALL, Kind
from journey_analytics.readable import channel_name, count, interval, month, percent, plural, points

ASSOCIATED = (
    "A difference is associated with the time or the first channel; it does not say what causes it. Rates count "
    "customers who entered a stage, all watched equally long."
)
"""What every list of findings says."""

_AGAINST = {Kind.CHANGE: "before", Kind.MONTH: "in other months", Kind.GAP: "of the others"}
_NOTHING = {
    Kind.CHANGE: "No change from the weeks before is larger than chance, in {}.",
    Kind.MONTH: "No month stands out from the others by more than chance in {}.",
    Kind.GAP: "No first channel lags behind the others by more than chance in {}.",
}
_TOO_LITTLE = {
    Kind.CHANGE: "Too little history to compare periods: it takes two of four weeks, with 100 customers in a stage.",
    Kind.MONTH: "Too little history to compare months.",
    Kind.GAP: "Too few customers to compare first channels: it takes 100 on either side in a stage.",
}
_NOTHING_COMPARED = (
    "Too little history to compare anything: it takes two periods of four weeks, or two first channels, with 100 "
    "customers in a stage."
)


def headline(row: Mapping[str, Any], titles: Mapping[str, str] | None = None) -> str:
    """What a finding is about, without its numbers.

    Args:
        row: Of ``marts.findings``.
        titles: Titles of stages by their names; without, the names.
    """
    stage = (titles or {}).get(row["stage"], row["stage"])
    who = "All customers" if row["segment"] == ALL else channel_name(row["segment"])
    more = "fewer" if row["is_worse"] else "more"
    match Kind(row["kind"]):
        case Kind.CHANGE:
            return f"{who}: {more} move on from {stage}"
        case Kind.MONTH:
            return f"{who}, {month(row['first_on'])}: {more} moved on from {stage}"
        case Kind.GAP:
            return f"{who}: fewer move on from {stage} than of the others"
        case Kind.LEVEL:
            return f"{stage}: where customers drop off"


def mark(row: Mapping[str, Any]) -> str:
    """Which way it went; a blank for what was compared with nothing."""
    return {True: "▼", False: "▲"}.get(row["is_worse"], " ")


def line(row: Mapping[str, Any]) -> str:
    """A finding with its numbers in a line."""
    if row["kind"] == Kind.LEVEL.value:
        rate = f"{percent(row['rate'], exact=True)} ({interval(row['rate_low'], row['rate_high'])})"
        return f"{headline(row)}: {count(row['happened_count'])} of {count(row['customers_count'])}, {rate}"
    against = f"{percent(row['baseline_rate'], exact=True)} {_AGAINST[Kind(row['kind'])]}"
    return (
        f"{headline(row)}: {percent(row['rate'], exact=True)} of {count(row['customers_count'])}, {against} "
        f"({points(row['difference'])}, {points(row['difference_low'])} to {points(row['difference_high'])}); "
        f"{plural(round(row['customers_affected_low']), 'customer')} at least"
    )


def compared(rates: pl.DataFrame) -> Iterator[str]:
    """Where nothing was found: in how many comparisons, or that there was too little to compare.

    Args:
        rates: ``marts.watched_rates`` of a stage model.
    """
    if not rates["p_value"].count():
        yield _NOTHING_COMPARED
        return
    for kind, nothing in _NOTHING.items():
        of_kind = rates.filter(kind=kind.value)
        judged = of_kind["p_value"].count()
        if not judged:
            yield _TOO_LITTLE[kind]
        elif not (of_kind["finding"] == Finding.DIFFERS.value).any():
            yield nothing.format(plural(judged, "comparison"))
