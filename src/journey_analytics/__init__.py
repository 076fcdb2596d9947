"""Customer journeys inferred from touchpoint logs: the public names, loaded when they are asked for."""

from typing import TYPE_CHECKING

from journey_analytics.version import __version__

if TYPE_CHECKING:
    from journey_analytics.api import Warehouse, open_warehouse

__all__ = ["Warehouse", "__version__", "open_warehouse"]


def __getattr__(name: str) -> object:
    if name in ("Warehouse", "open_warehouse"):
        from journey_analytics import api  # noqa: PLC0415, for the command line starts quicker without

        return getattr(api, name)
    raise AttributeError(f"module 'journey_analytics' has no attribute '{name}'")
