"""Vendor rows to canonical events: one file per vendor format, found by discovery.

A module of this package that defines ``SOURCE`` is a source; nothing else has to know of it.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from journey_analytics.sources.source import Source


@cache
def discover() -> Mapping[str, Source]:
    """Every source by its type name."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found: list[Source] = [module.SOURCE for module in modules if hasattr(module, "SOURCE")]
    return MappingProxyType({source.name: source for source in sorted(found, key=lambda source: source.name)})
