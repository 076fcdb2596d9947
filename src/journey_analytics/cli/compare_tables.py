"""A comparison on a screen: the differences worth a look, and what is said of all other steps."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from textwrap import fill
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from journey_analytics.analysis.comparison import Comparison, Period
from journey_analytics.analysis.comparison.compared_edges import ComparisonOptions, Finding
from journey_analytics.analysis.comparison.steps_within import NO_STEP
from journey_analytics.cli.durations import spelled
from journey_analytics.cli.options import Shared
from journey_analytics.readable import count, percent, plural, points
from journey_analytics.steps.compare import Compared, Segments

_OPTIONS = ComparisonOptions()
_MOST_EDGES = 4
_WIDTH = 78
_TIE = "\N{NO-BREAK SPACE}"
_NAMES = {"stage": "stage", "event_type": "event", "channel": "contact", "entry_channel": "contact"}

Row = dict[str, Any]


def show(shared: Shared, compared: Compared, steps: str, segments: Segments | None, zone: str) -> None:
    """Print what differs, most customers affected first, then what does not, and what is too rare to tell."""
    labels = ("Before", "After") if segments is None else (segments.baseline, segments.compared)
    for line in _head(compared, steps, segments, zone):
        shared.say(line)
    sources = compared.found.sources.rows(named=True)
    differing = [row for row in sources if row["finding"] == Finding.DIFFERS]
    rows = [cells for source in differing for cells in _lines(source, compared.found.edges)]
    if rows:
        headers = ["From, to", *labels, "Difference (95 %)", "q", "Affected"]
        shared.table(headers, rows, (1, 2, 4, 5))
    group = "the second period" if segments is None else segments.compared
    for line in _foot(compared.found, group, has_rows=bool(rows)):
        shared.say(line)


def _head(compared: Compared, steps: str, segments: Segments | None, zone: str) -> Iterator[str]:
    within = compared.watermark_at - compared.watched_until
    yield f"What follows each {_NAMES[steps]} within {spelled(within)}, of customers watched for as long."
    if segments is not None:
        of = "" if compared.compared is None else f", {_days(compared.compared, zone)}"
        yield f"{segments.column}: {segments.compared} against {segments.baseline}{of}."
    elif compared.baseline and compared.compared:
        yield f"Before: {_days(compared.baseline, zone)}. After: {_days(compared.compared, zone)}."
    ends = [period[1] for period in (compared.baseline, compared.compared) if period]
    if not ends or max(ends) > compared.watched_until + timedelta(days=1):
        yield f"Counted up to {_day(compared.watched_until, zone)}: what came later may still be followed by something."


def _lines(source: Row, edges: pl.DataFrame) -> Iterator[tuple[str, ...]]:
    """A line for the step, and one for each way on that differs, or for the one that differs most."""
    yield (
        source["source"],
        f"n {count(source['baseline_count'])}",
        f"n {count(source['compared_count'])}",
        "",
        f"{source['q_value']:.2g}",
        count(source["customers_affected"]),
    )
    own = edges.filter(source=source["source"])
    differing = own.filter(finding=Finding.DIFFERS)
    for row in (differing if len(differing) else own.head(1)).head(_MOST_EDGES).iter_rows(named=True):
        low, high = (points(row[f"difference_{end}"]).removesuffix(" pp") for end in ("low", "high"))
        yield (
            f"  {'nothing' if row['next_step'] == NO_STEP else row['next_step']}",
            percent(row["baseline_rate"], exact=True),
            percent(row["compared_rate"], exact=True),
            f"{points(row['difference'])} ({low} to {high})",
            f"{row['q_value']:.2g}" if row["q_value"] is not None else "–",
            count(row["customers_affected"]),
        )


def _foot(found: Comparison, group: str, *, has_rows: bool) -> Iterator[str]:
    sources = found.sources.rows(named=True)
    if not sources:
        yield "Nobody did anything in either."
    judged = [row for row in sources if row["finding"] != Finding.TOO_LITTLE_HISTORY]
    if has_rows:
        yield f"q: share of findings up to it that may be chance; {plural(len(judged), 'step')} compared, by customer."
        yield f"Affected: customers of {group} who do otherwise than those of the other group."
        yield "What differs goes with the group, and need not be its effect."
    elif judged:
        yield "No difference is shown. That is not the same as none: see how large one may be."
    little, rare = f"{_OPTIONS.least_difference * 100:.0f} pp", f"{_OPTIONS.least_customers} customers"
    for finding, text in (
        (Finding.DIFFERS_LITTLE, f"Differ, by less than {little}"),
        (Finding.NOT_SHOWN, "No difference shown, but one may be as large as said"),
        (Finding.TOO_LITTLE_HISTORY, f"Too little history, fewer than {rare} in a group"),
    ):
        names = [_named(row, found) for row in sources if row["finding"] == finding]
        if names:
            yield f"{text}:"
            listed = fill(f"{', '.join(names)}.", _WIDTH, initial_indent="  ", subsequent_indent="  ")
            yield listed.replace(_TIE, " ")


def _named(source: Row, found: Comparison) -> str:
    """A step, with how large a difference may be that was not shown."""
    own = found.edges.filter(source=source["source"])
    largest = own.select(
        pl.max_horizontal(pl.col("difference_low").abs(), pl.col("difference_high").abs()).max()
    ).item()
    return source["source"] if largest is None else f"{source['source']} ({largest * 100:.1f}{_TIE}pp)"


def _days(period: Period, zone: str) -> str:
    return f"{_day(period[0], zone)} to {_day(period[1] - timedelta(microseconds=1), zone)}"


def _day(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
