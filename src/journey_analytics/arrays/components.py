"""Components: numbered things that hang together, directly or through others."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Numbers = npt.NDArray[np.integer[Any]]
"""Numbers of things, from 0."""


def components(size: int, one: Numbers, other: Numbers) -> npt.NDArray[np.int32]:
    """For each of so many things the number of its component.

    Args:
        size: How many things there are.
        one: One end of each link.
        other: The other end.
    """
    links = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(size, size))
    return connected_components(links, directed=False)[1]
