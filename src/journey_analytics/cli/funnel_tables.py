"""A funnel of events on a screen: who got how far, at what rates, and what the words mean."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from journey_analytics.analysis.funnels import Funnel
from journey_analytics.cli.durations import spelled
from journey_analytics.cli.options import Shared
from journey_analytics.readable import count, duration, interval, percent, plural
from journey_analytics.steps.event_funnel import EventFunnel

_VALUES_SHOWN = 8
_NO_VALUE = "(none)"
_ORDERS = {
    "ordered": "in this order, with anything in between",
    "strict": "in this order, with nothing in between",
    "any": "in any order",
}

Row = dict[str, Any]
Cells = tuple[str, ...]
Group = tuple[str | None, list[Row]]


def show(shared: Shared, found: EventFunnel, by: str | None) -> None:
    """Print a funnel, in two tables that fit 80 columns, with the most common values of what it is told apart by."""
    groups = _groups(found, by)
    shown = groups[:_VALUES_SHOWN]
    until = f"{found.complete_until:%Y-%m-%d %H:%M} UTC"
    for line in _head(found, by, until):
        shared.say(line)
    headers = ["Step", "Reached", "Dropped", "Open", *(["Excluded"] if found.funnel.exclusions else []), "Median time"]
    shared.table(headers, list(_lines(shown, lambda row: _counts(row, found.funnel))), range(1, len(headers)))
    if len(found.funnel.all_steps) > 1:
        later = [(value, rows[1:]) for value, rows in shown]
        rates = list(_lines(later, lambda row: _rates(row, found.funnel)))
        shared.table(["To", "From the step before", "From the first step"], rates)
    for line in _foot(found, until):
        shared.say(line)
    if len(groups) > len(shown):
        shared.warn(f"the {len(shown)} most common of {len(groups)} values; --json has them all")


def _head(found: EventFunnel, by: str | None, until: str) -> Iterator[str]:
    yield f"Steps within {spelled(found.funnel.window)} of the first, {_ORDERS[found.funnel.order]}."
    if found.funnel.order == "any":
        yield f"Of {', '.join(step.label for step in found.funnel.all_steps)}: how many are done."
    yield f"Data are complete until {until}."
    if by:
        yield f"{by}: that of the first event of each customer's funnel that has one."


def _foot(found: EventFunnel, until: str) -> Iterator[str]:
    yield "Dropped: no further, and the time since their last start is over."
    yield f"Open: no further yet, and the time was not over at {until}:"
    yield "too early to tell. Rates are of customers whose time is over (95 % interval)."
    if found.funnel.exclusions:
        yield "Excluded: an event that must not lie between is in all that got them so far."
    if found.day_events_count:
        yield f"{plural(found.day_events_count, 'event')} known only by the day: taken for its start."


def _groups(found: EventFunnel, by: str | None) -> list[Group]:
    """Rows of each value, the most common first."""
    rows = found.steps.rows(named=True)
    starts = range(0, len(rows) + 1, len(found.funnel.all_steps))
    groups = [rows[start:end] for start, end in pairwise(starts)]
    if by is None:
        return [(None, group) for group in groups]
    return [
        (group[0]["value"] or _NO_VALUE, group)
        for group in sorted(groups, key=lambda group: group[0]["reached_count"], reverse=True)
    ]


def _lines(groups: Iterable[Group], cells: Callable[[Row], Cells]) -> Iterator[Cells]:
    """Lines of a table, with the value in a line of its own above its rows."""
    for value, rows in groups:
        lines = [cells(row) for row in rows]
        if value is not None:
            yield (value, *[""] * (len(lines[0]) - 1))
        yield from lines


def _counts(row: Row, funnel: Funnel) -> Cells:
    excluded = (count(row["excluded_count"]),) if funnel.exclusions else ()
    if row["step_index"] == 1:
        return (_step(row, funnel), count(row["reached_count"]), "", "", *excluded, "")
    counts = (count(row[name]) for name in ("reached_count", "dropped_count", "open_count"))
    return (_step(row, funnel), *counts, *excluded, duration(row["median_seconds_from_previous"]))


def _rates(row: Row, funnel: Funnel) -> Cells:
    first = _rate(row, "rate_from_first", "first_decided_count")
    return (_step(row, funnel), _rate(row, "rate_from_previous", "decided_count"), first)


def _rate(row: Row, name: str, trials: str) -> str:
    if row[name] is None:
        return "too early to tell"
    ends = interval(row[f"{name}_low"], row[f"{name}_high"])
    return f"{percent(row[name], exact=True)} ({ends}) of {count(row[trials])}"


def _step(row: Row, funnel: Funnel) -> str:
    index = row["step_index"]
    return f"{index} of {len(funnel.all_steps)}" if funnel.order == "any" else f"{index} {row['step_name']}"
