"""How often intervals hold what they are about, when the truth behind the data is known."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

SIMULATIONS = int(os.environ.get("JOURNEY_SIMULATIONS", "60"))
"""How many data sets are simulated for each interval."""

LOW, HIGH = 0.93, 0.97
"""Between these the coverage of a 95 % interval is as it should be."""

_FULL = 1000
_CHANCE = 1e-4

Flags = npt.NDArray[np.bool_]


def check_coverage(held: Flags | list[bool], name: str) -> None:
    """Check in how many simulations the interval held the truth.

    Of a thousand, 930 to 970. Of fewer, at least so many that an interval that covers 93 % would have fewer by a chance
    of one in ten thousand, and at most so many for one that covers 97 %.
    """
    count, simulations = int(np.count_nonzero(held)), len(held)
    print(f"{name}: {count} of {simulations}")  # noqa: T201, shown by pytest -s
    least, most = allowed(simulations)
    assert least <= count <= most, f"{name}: {count} of {simulations} intervals hold the truth; {least} to {most} may"


def allowed(simulations: int) -> tuple[int, int]:
    """Least and greatest number of intervals that may hold the truth."""
    if simulations >= _FULL:
        return int(np.ceil(LOW * simulations)), int(np.floor(HIGH * simulations))
    return int(binom.ppf(_CHANCE, simulations, LOW)), int(binom.isf(_CHANCE, simulations, HIGH))


def simulated(
    one: Callable[[np.random.Generator], Mapping[str, tuple[float, float]]], truth: Mapping[str, float]
) -> None:
    """Simulate data sets one by one, and check each interval that comes out against its truth."""
    held: dict[str, list[bool]] = {name: [] for name in truth}
    for seed in range(SIMULATIONS):
        found = one(np.random.default_rng(seed))
        for name, true in truth.items():
            low, high = found[name]
            held[name].append(bool(low <= true <= high))
    for name, flags in held.items():
        check_coverage(flags, name)


def ends(row: Mapping[str, Any], name: str) -> tuple[float, float]:
    """The ends of an interval, as tables have them."""
    return row[f"{name}_low"], row[f"{name}_high"]
