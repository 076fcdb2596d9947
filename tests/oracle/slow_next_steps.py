"""The next step by Witten and Bell's formula, context by context."""

from collections import Counter, defaultdict
from collections.abc import Sequence

Case = Sequence[str]


def distribution(cases: Sequence[Case], names: Sequence[str], order: int, before: Case) -> dict[str, float]:
    """What follows the steps of a case; the first step of a case follows nothing."""
    counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for case in cases:
        for place in range(1, len(case)):
            for length in range(min(place, order) + 1):
                counts[tuple(case[place - length : place])][case[place]] += 1
    found = dict.fromkeys(names, 1 / len(names))
    for length in range(min(order, len(before)) + 1):
        behind = counts.get(tuple(before[len(before) - length :]))
        if behind:
            different, total = len(behind), sum(behind.values())
            found = {name: (behind[name] + different * found[name]) / (total + different) for name in names}
    return found


def ranks(found: dict[str, float], step: str) -> tuple[int, int]:
    """How many steps are likelier, at least and at most: of equal ones the last bit decides."""
    likelier = [sum(other > found[step] + margin for other in found.values()) for margin in (1e-9, -1e-9)]
    return likelier[0], likelier[1] - 1
