"""Paths, retention and lifecycle once more, slowly and obviously: event by event."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.oracle.slow_funnel import Event

Condition = Callable[[Event], bool]


def week_of(time: datetime, zone: str) -> date:
    """Monday of the local week."""
    day = time.astimezone(ZoneInfo(zone)).date()
    return day - timedelta(days=day.weekday())


def _weeks(events: list[Event], which: Condition, zone: str) -> dict[str, Counter[date]]:
    """How many events of each customer lie in each week."""
    found: dict[str, Counter[date]] = defaultdict(Counter)
    for event in events:
        if which(event):
            found[event.customer][week_of(event.at, zone)] += 1
    return found


def retention(
    events: list[Event],
    start: Condition,
    back: Condition,
    zone: str,
    *,
    first_only: bool,
    or_later: bool,
    at_least: int,
    periods: int,
) -> dict[tuple[date, int], tuple[int, int]]:
    """By week and weeks later: customers of the cohort, and those who came back."""
    starts, returns = _weeks(events, start, zone), _weeks(events, back, zone)
    found: dict[tuple[date, int], tuple[int, int]] = {}
    for week in sorted({week for weeks in starts.values() for week in weeks}):
        cohort = [who for who, weeks in starts.items() if (min(weeks) == week if first_only else week in weeks)]
        for later in range(1, periods + 1):
            wanted = week + timedelta(weeks=later)
            came = [
                who
                for who in cohort
                if any(
                    count >= at_least and (other == wanted or (or_later and other > wanted))
                    for other, count in returns[who].items()
                )
            ]
            found[week, later] = len(cohort), len(came)
    return found


def lifecycle(events: list[Event], which: Condition, zone: str) -> dict[date, tuple[int, int, int, int]]:
    """By week: new, returning, resurrecting, dormant."""
    active, ever = _weeks(events, which, zone), _weeks(events, lambda _: True, zone)
    found: dict[date, tuple[int, int, int, int]] = {}
    weeks = {week for own in ever.values() for week in own}
    for week in {week + timedelta(weeks=shift) for week in weeks for shift in (0, 1)}:
        before = {who for who, own in active.items() if week - timedelta(weeks=1) in own}
        now = {who for who, own in active.items() if week in own}
        new = {who for who in now if min(ever[who]) == week}
        found[week] = len(new), len(now & before), len(now - before - new), len(before - now)
    return found


Step = tuple[str, datetime]


def paths(
    events: list[Event], gap: timedelta, start: str | None, end: str | None, steps: int, *, collapse: bool
) -> list[tuple[str, list[Step], bool]]:
    """Customer, items with their times, and whether more would follow, of every path."""
    found = []
    for customer in sorted({event.customer for event in events}):
        own = sorted((event for event in events if event.customer == customer), key=lambda one: (one.at, one.name))
        sessions: list[list[Step]] = []
        for place, event in enumerate(own):
            if place == 0 or event.at - own[place - 1].at > gap:
                sessions.append([])
            if collapse and sessions[-1] and sessions[-1][-1][0] == event.name:
                sessions[-1].pop()
            sessions[-1].append((event.name, event.at))
        for session in sessions:
            found += [(customer, *one) for one in _shortened(session, start, end, steps)]
    return found


def _shortened(path: list[Step], start: str | None, end: str | None, steps: int) -> list[tuple[list[Step], bool]]:
    names = [name for name, _ in path]
    if start is not None:
        if start not in names:
            return []
        path = path[names.index(start) :]
        names = [name for name, _ in path]
    if end is not None:
        if end not in names:
            return []
        path = path[: names.index(end) + 1]
    if len(path) <= steps:
        return [(path, False)]
    if end is None:
        return [(path[:steps], True)]
    if start is None:
        return [(path[-steps:], False)]
    half = steps // 2
    return [([*path[:half], ("(...)", path[half][1]), *path[len(path) - half :]], False)]
