"""The ordered funnel once more, slowly and obviously: every attempt of every entity is tried."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

Row = tuple[int, str, float | None, float | None]


def ordered_funnel(events: Iterable[dict[str, Any]], steps: Sequence[str], window: timedelta) -> list[Row]:
    """Per step: entities that reach it, median and ninth decile of the seconds from the step before."""
    by_customer: dict[Any, list[tuple[datetime, str]]] = defaultdict(list)
    for event in events:
        if event["customer_id"] is not None and event["occurred_at"] is not None:
            by_customer[event["customer_id"]].append((event["occurred_at"], event["event_type"]))
    told = [_told(list(_attempts(own, steps, window))) for own in by_customer.values()]
    rows = []
    for index, name in enumerate(steps):
        gaps = sorted(
            (attempt[index] - attempt[index - 1]).total_seconds() for attempt in told if 0 < index < len(attempt)
        )
        reached = sum(len(attempt) > index for attempt in told)
        rows.append((reached, name, median(gaps) if gaps else None, _ninth_decile(gaps) if gaps else None))
    return rows


def _attempts(events: list[tuple[datetime, str]], steps: Sequence[str], window: timedelta) -> Iterator[list[datetime]]:
    """Times of every series of different events that does the first steps, each not before the last, within the window."""

    def further(times: list[datetime], left: list[tuple[datetime, str]]) -> Iterator[list[datetime]]:
        yield times
        for place, (at, name) in enumerate(left):
            is_next = len(times) < len(steps) and name == steps[len(times)]
            if is_next and (not times or (at >= times[-1] and at - times[0] <= window)):
                yield from further([*times, at], left[:place] + left[place + 1 :])

    return further([], events)


def _told(attempts: list[list[datetime]]) -> list[datetime]:
    """Of the longest ones those that end first, of these the one that starts last, then the earliest later steps."""
    level = max(len(times) for times in attempts)
    longest = [times for times in attempts if len(times) == level]
    if level == 0:
        return []
    first_end = min(times[-1] for times in longest)
    ending = [times for times in longest if times[-1] == first_end]
    last_start = max(times[0] for times in ending)
    return min(times for times in ending if times[0] == last_start)


def _ninth_decile(values: list[float]) -> float:
    place = 0.9 * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)
