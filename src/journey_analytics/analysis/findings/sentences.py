"""Findings in words: what was counted, of how many, how sure it is; never why."""

from typing import Any

import polars as pl

from journey_analytics.analysis.findings.options import ALL, Kind
from journey_analytics.readable import count, interval, percent
from journey_analytics.vocabulary import Outcome

_HAPPENED = {Outcome.MOVED_ON.value: "moved on", Outcome.DROPPED_OFF.value: "dropped off"}
_MINUS = "\N{MINUS SIGN}"


def with_sentences(found: pl.DataFrame, segments: str) -> pl.DataFrame:
    """Findings with a ``sentence`` each.

    Args:
        found: Findings, as ``ranked_findings`` ranks them.
        segments: What segments are, in the plural: ``first channels``.
    """
    told = [_TOLD[Kind(row["kind"])](row, segments) for row in found.iter_rows(named=True)]
    return found.with_columns(sentence=pl.Series(told, dtype=pl.String))


def _change(row: dict[str, Any], segments: str) -> str:
    were = f"{count(row['baseline_customers_count'])} who did {_days(row, 'baseline_')}"
    at_rates = f" (at the rates that {segments} had)" if row["segment"] == ALL else ""
    return (
        f"{_counted(row)}; of {were}, {_rate(row, 'baseline_')}{at_rates}: {_difference(row)}. {_would(row, 'before')}"
    )


def _month(row: dict[str, Any], _: str) -> str:
    return (
        f"{_counted(row)}; of {count(row['baseline_customers_count'])} in other months, {_rate(row, 'baseline_')}: "
        f"{_difference(row)}. {_would(row, 'of the other months')}"
    )


def _gap(row: dict[str, Any], segments: str) -> str:
    return (
        f"{_counted(row)}; of {count(row['baseline_customers_count'])} of other {segments}, "
        f"{_rate(row, 'baseline_')}: {_difference(row)}. {_would(row, 'of the others')}"
    )


def _level(row: dict[str, Any], _: str) -> str:
    return f"{_counted(row)}: {count(row['happened_count'])} customers."


_TOLD = {Kind.CHANGE: _change, Kind.MONTH: _month, Kind.GAP: _gap, Kind.LEVEL: _level}


def _would(row: dict[str, Any], when: str) -> str:
    """How many customers the difference comes to."""
    about, least = count(row["customers_affected"]), count(row["customers_affected_low"])
    return f"At the rate {when} about {about} {'more' if row['is_worse'] else 'fewer'} would have, at least {least}."


def _counted(row: dict[str, Any]) -> str:
    """Of how many who entered when, what share did what."""
    whose = "" if row["segment"] == ALL else f" ({row['segment']})"
    return (
        f"Of {count(row['customers_count'])} customers{whose} who entered {row['stage']} {_days(row)}, {_rate(row)} "
        f"{_HAPPENED[row['outcome']]} within {row['watched_days']:.3g} days"
    )


def _days(row: dict[str, Any], side: str = "") -> str:
    return f"{row[f'{side}first_on']:%Y-%m-%d} to {row[f'{side}last_on']:%Y-%m-%d}"


def _rate(row: dict[str, Any], side: str = "") -> str:
    ends = interval(row[f"{side}rate_low"], row[f"{side}rate_high"])
    return f"{percent(row[f'{side}rate'], exact=True)} (95% interval {ends})"


def _difference(row: dict[str, Any]) -> str:
    ends = f"{100 * row['difference_low']:+.1f} to {100 * row['difference_high']:+.1f}"
    return f"{100 * row['difference']:+.1f} points ({ends})".replace("-", _MINUS)
