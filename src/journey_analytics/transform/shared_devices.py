"""Whose a shared device is, if not nobody's: that of the user who was seen on it last."""

import numpy as np
import numpy.typing as npt
import polars as pl

DEVICE_KINDS = ("anonymous_id", "device_id")
"""Kinds of identifiers that stand for a browser or a device, which people may share."""


def last_users(
    members: pl.DataFrame, sets: pl.DataFrame, is_user: npt.NDArray[np.bool_], devices: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Find the user id that was seen last on each of some devices.

    Of two that were seen last at the same time it is the newcomer: the one with the greater number, who was first seen
    later or has the greater value. Nothing in it depends on the order of arrival.

    Args:
        members: ``set_key`` and ``node``, the number of an identifier that stands in the set.
        sets: ``set_key`` and ``last_occurred_at``, when the identifiers were last seen together.
        is_user: For each node whether it is a user id.
        devices: For each node whether it is one of the devices.

    Returns:
        For each node the user id if it is one of the devices, else -1.
    """
    found = np.full(len(is_user), -1, dtype=np.int64)
    if not devices.any():
        return found
    node = members["node"].to_numpy()
    users = members.filter(is_user[node]).select("set_key", user="node")
    last = (
        members.filter(devices[node])
        .join(users, on="set_key")
        .join(sets.select("set_key", "last_occurred_at"), on="set_key")
        .sort("node", "last_occurred_at", "user", nulls_last=False)
        .unique("node", keep="last", maintain_order=True)
    )
    found[last["node"].to_numpy()] = last["user"].to_numpy()
    return found
