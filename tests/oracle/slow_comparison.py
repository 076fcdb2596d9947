"""Next steps of two groups, looked up event by event, and all ways of labelling customers."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from math import log

Log = Mapping[int, list[tuple[int, str]]]
Table = dict[str, list[Counter[str]]]


def next_steps(events: Log, group: Mapping[int, int], window: int, until: int) -> Table:
    """For each source the next steps of both groups."""
    found: Table = defaultdict(lambda: [Counter(), Counter()])
    for customer, steps in events.items():
        ordered = sorted(steps)
        for place, (at, name) in enumerate(ordered):
            if at + window <= until:
                later = ordered[place + 1 : place + 2]
                after = later[0][1] if later and later[0][0] <= at + window else "(none)"
                found[name][group[customer]][after] += 1
    return found


def pooled(groups: list[Counter[str]], least: float = 5) -> list[Counter[str]]:
    """Next steps of which fewer are expected in a group become one."""
    sizes = [own.total() for own in groups]
    both = groups[0] + groups[1]
    found = [Counter[str](), Counter[str]()]
    for name, count in both.items():
        kept = name if count * min(sizes) / sum(sizes) >= least else "(other)"
        for own, counter in zip(groups, found, strict=True):
            counter[kept] += own[name]
    return found


def g(groups: list[Counter[str]]) -> float:
    sizes, both = [own.total() for own in groups], groups[0] + groups[1]
    return 2 * sum(
        count * log(count / (both[name] * size / sum(sizes)))
        for own, size in zip(groups, sizes, strict=True)
        for name, count in own.items()
        if count
    )


def labellings(customers: Iterable[int], compared_count: int) -> list[dict[int, int]]:
    """Every way of putting as many customers into the compared group."""
    everybody = list(customers)
    return [
        {customer: int(customer in chosen) for customer in everybody}
        for chosen in combinations(everybody, compared_count)
    ]
