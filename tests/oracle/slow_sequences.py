"""What follows what, variants, rework, conformance once more, slowly and obviously: one loop over one entity's events."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

Rows = Iterable[dict[str, Any]]
Step = tuple[Any, str]


def in_order(events: Rows) -> dict[Any, list[Step]]:
    """Time and name of each entity's events, by time, then by tie (none last), then by name."""
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        if None not in (event["entity"], event["at"], event["name"]):
            found[event["entity"]].append(event)
    return {
        entity: [
            (event["at"], event["name"])
            for event in sorted(own, key=lambda one: (one["at"], one["tie"] is None, one["tie"] or 0, one["name"]))
        ]
        for entity, own in found.items()
    }


def edges(cases: dict[Any, list[Step]]) -> dict[tuple[str, str], tuple[list[float], set[Any]]]:
    """Of each pair of successive names the seconds between them and the entities."""
    found: dict[tuple[str, str], tuple[list[float], set[Any]]] = {}
    for entity, steps in cases.items():
        for (one_at, one), (other_at, other) in pairwise(steps):
            seconds, entities = found.setdefault((one, other), ([], set()))
            seconds.append((other_at - one_at).total_seconds())
            entities.add(entity)
    return found


def paths(cases: dict[Any, list[Step]]) -> Counter[tuple[str, ...]]:
    """How many entities have each sequence of names."""
    return Counter(tuple(name for _, name in steps) for steps in cases.values())


def repetitions(cases: dict[Any, list[Step]]) -> dict[str, tuple[int, int, int, int, int | None]]:
    """Per name: entities, entities with two, occurrences after the first, in a row, fewest events between."""
    found: dict[str, tuple[int, int, int, int, int | None]] = {}
    for name in {name for steps in cases.values() for _, name in steps}:
        places = [[place for place, step in enumerate(steps) if step[1] == name] for steps in cases.values()]
        between = [later - place - 1 for own in places for place, later in pairwise(own)]
        found[name] = (
            sum(bool(own) for own in places),
            sum(len(own) > 1 for own in places),
            len(between),
            between.count(0),
            min(between, default=None),
        )
    return found


def later_pairs(cases: dict[Any, list[Step]]) -> dict[tuple[str, str], tuple[int, int]]:
    """Of each pair of names, one some time after the other: how often, and in how many entities."""
    found: Counter[tuple[str, str]] = Counter()
    having: dict[tuple[str, str], set[Any]] = defaultdict(set)
    for entity, steps in cases.items():
        for place, (_, one) in enumerate(steps):
            for _, other in steps[place + 1 :]:
                found[one, other] += 1
                having[one, other].add(entity)
    return {pair: (count, len(having[pair])) for pair, count in found.items()}


def common_length(names: Sequence[str], path: Sequence[str]) -> int:
    """Length of the longest common subsequence, by its definition."""
    if not names or not path:
        return 0
    if names[0] == path[0]:
        return 1 + common_length(names[1:], path[1:])
    return max(common_length(names[1:], path), common_length(names, path[1:]))


def moves(cases: dict[Any, list[Step]], stages: Sequence[str]) -> Counter[tuple[str, str]]:
    """How often each stage is left in each way."""
    found: Counter[tuple[str, str]] = Counter()
    for steps in cases.values():
        own = [name for _, name in steps if name in stages]
        for one, other in zip(own, [*own, None][1:], strict=True):
            step = None if other is None else stages.index(other) - stages.index(one)
            found[one, "end" if step is None else _way(step)] += 1
    return found


def _way(step: int) -> str:
    if step == 1:
        return "next"
    if step > 1:
        return "skip"
    return "repeat" if step == 0 else "back"
