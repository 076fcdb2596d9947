"""Which identifier sets hang together, found with a few numbers per set: what is too much for memory falls into parts.

Identifiers stand for themselves by a hash. Should two ever share one, sets that have nothing to do with each other come
into the same part, which changes nothing but its size.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.components import components
from journey_analytics.transform.identities import members_of_sets


def set_components(chunks: Iterable[pl.DataFrame], blocked: Sequence[str] = ()) -> pl.DataFrame:
    """Number the components of identifier sets.

    Args:
        chunks: Frames of sets as ``resolve_identities`` takes them.
        blocked: Values that count as missing.

    Returns:
        One row per set: ``set_key`` and ``component``; sets that share an identifier, directly or through others, have
        the same.
    """
    count = 0
    keys: list[pl.Series] = []
    places: list[npt.NDArray[np.int32]] = []
    identifiers: list[npt.NDArray[np.uint64]] = []
    for chunk in chunks:
        keys.append(chunk["set_key"])
        numbered = chunk.with_columns(set_key=pl.int_range(count, count + pl.len(), dtype=pl.Int32))
        members = members_of_sets(numbered, blocked).select(
            "set_key", identifier=pl.concat_str("kind", "value", separator="\x1f").hash()
        )
        places.append(members["set_key"].to_numpy())
        identifiers.append(members["identifier"].to_numpy())
        count += chunk.height
    codes = np.unique(np.concatenate(identifiers), return_inverse=True)[1].astype(np.int32)
    identifiers.clear()
    size = count + (int(codes.max()) + 1 if len(codes) else 0)
    component = components(size, np.concatenate(places), codes + count)[:count]
    return pl.DataFrame([pl.concat(keys), pl.Series("component", component)])
