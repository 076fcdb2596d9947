"""Marts that Python computes, one file each; a module that defines ``MART`` is one."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from journey_analytics.marts.mart import Mart


@cache
def discover() -> Sequence[Mart]:
    """Every mart of this package, by name."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found: list[Mart] = [module.MART for module in modules if hasattr(module, "MART")]
    return tuple(sorted(found, key=lambda mart: mart.table.name))
