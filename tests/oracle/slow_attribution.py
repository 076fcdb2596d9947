"""Attribution once more, slowly and obviously: one conversion at a time, and removal effects in exact fractions."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

Touch = dict[str, Any]


class Path(NamedTuple):
    """Channels in order; the days of each before the conversion; what the conversion is worth, None for a null path."""

    channels: tuple[str, ...]
    days: tuple[float, ...]
    value: float | None


def paths(
    touches: Sequence[Touch],
    conversions: Sequence[Touch],
    look_back: timedelta | None,
    watermark: datetime,
    begin: datetime,
) -> tuple[list[Path], int]:
    """Every path that ended from ``begin`` on, and how many are still open."""
    found: list[Path] = []
    open_count = 0
    for customer in {event["customer_id"] for event in [*touches, *conversions]}:
        own = sorted(
            (touch for touch in touches if touch["customer_id"] == customer),
            key=lambda touch: (touch["occurred_at"], touch["place"]),
        )
        goals = sorted(
            (goal for goal in conversions if goal["customer_id"] == customer),
            key=lambda goal: (goal["occurred_at"], goal["value"]),
        )
        used: set[int] = set()
        previous: datetime | None = None
        for goal in goals:
            at = goal["occurred_at"]
            since = [
                touch
                for touch in own
                if (previous is None or touch["occurred_at"] > previous)
                and touch["occurred_at"] <= at
                and (look_back is None or at - touch["occurred_at"] <= look_back)
            ]
            before = [touch for touch in own if touch["occurred_at"] <= at]
            latest = max(before, key=lambda touch: (touch["until"], own.index(touch)), default=None)
            if latest is not None and latest["until"] >= at and latest not in since:
                since = [latest, *since]
            used |= {id(touch) for touch in since}
            days = tuple((at - touch["occurred_at"]) / timedelta(days=1) for touch in since)
            if at >= begin:
                channels = tuple(touch["channel"] for touch in since)
                found.append(Path(channels or ("(none)",), days or (0.0,), goal["value"]))
            previous = at
        bounds = [goal["occurred_at"] for goal in goals]
        rest: dict[int, list[Touch]] = {}
        for touch in own:
            if id(touch) not in used:
                rest.setdefault(sum(bound < touch["occurred_at"] for bound in bounds), []).append(touch)
        for after, group in rest.items():
            is_tail = after == len(bounds)
            if is_tail and look_back is not None and group[-1]["occurred_at"] + look_back >= watermark:
                open_count += 1
            elif group[-1]["occurred_at"] >= begin:
                found.append(Path(tuple(touch["channel"] for touch in group), (), None))
    return found, open_count


def credits_of(path: Path, model: str) -> list[float]:
    """The part of each touch."""
    size = len(path.channels)
    if model in ("first", "last"):
        place = 0 if model == "first" else size - 1
        return [float(index == place) for index in range(size)]
    if model == "last_non_direct":
        others = [index for index, channel in enumerate(path.channels) if channel != "direct"]
        place = others[-1] if others else size - 1
        return [float(index == place) for index in range(size)]
    if model == "linear":
        return [1 / size] * size
    if model == "position":
        if size <= 2:
            return [1 / size] * size
        return [0.4, *[0.2 / (size - 2)] * (size - 2), 0.4]
    if model == "time_decay":
        weights = [0.5 ** (days / 7) for days in path.days]
        return [weight / sum(weights) for weight in weights]
    assert model == "shapley"
    different = set(path.channels)
    return [
        1 / len(different) if path.channels.index(channel) == index else 0.0
        for index, channel in enumerate(path.channels)
    ]


def conversion_rate(found: Sequence[Path], order: int, removed: str | None = None) -> Fraction:
    """Probability of a conversion from the start; states that hold the removed channel are never left."""
    edges: Counter[tuple[Any, Any]] = Counter()
    for path in found:
        size = len(path.channels)
        states = [path.channels[max(0, end - order) : end] for end in range(min(order, size), size + 1)]
        for step in zip(["start", *states], [*states, "null" if path.value is None else "goal"], strict=True):
            edges[step] += 1
    leaving: Counter[Any] = Counter()
    for (source, _), count in edges.items():
        leaving[source] += count
    names = [state for state in leaving if removed is None or state == "start" or removed not in state]
    rows = [
        [Fraction(state == other) - Fraction(edges[state, other], leaving[state]) for other in names]
        + [Fraction(edges[state, "goal"], leaving[state])]
        for state in names
    ]
    return _solved(rows)[names.index("start")] if names else Fraction(0)


def _solved(rows: list[list[Fraction]]) -> list[Fraction]:
    """The unknowns of a linear system, by elimination."""
    for place in range(len(rows)):
        pivot = next(row for row in range(place, len(rows)) if rows[row][place])
        rows[place], rows[pivot] = rows[pivot], rows[place]
        rows[place] = [value / rows[place][place] for value in rows[place]]
        for row in range(len(rows)):
            if row != place and rows[row][place]:
                factor = rows[row][place]
                rows[row] = [value - factor * top for value, top in zip(rows[row], rows[place], strict=True)]
    return [row[-1] for row in rows]
