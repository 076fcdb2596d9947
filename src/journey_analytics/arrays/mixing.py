"""Numbers that stand for others as if by chance, and are the same on every machine."""

import numpy as np
import numpy.typing as npt


def mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Integers that look random, the same for the same value on every machine (splitmix64, Steele et al. 2014)."""
    found = values + np.uint64(0x9E3779B97F4A7C15)
    found ^= found >> np.uint64(30)
    found *= np.uint64(0xBF58476D1CE4E5B9)
    found ^= found >> np.uint64(27)
    found *= np.uint64(0x94D049BB133111EB)
    found ^= found >> np.uint64(31)
    return found
