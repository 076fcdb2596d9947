"""Reports: tables to figures and pages, one file per page. A module that defines ``REPORT`` is a page."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from journey_analytics.reports.report import Report


@cache
def discover() -> Sequence[Report]:
    """Every page of the site, in the order of the navigation."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found: list[Report] = [module.REPORT for module in modules if hasattr(module, "REPORT")]
    return tuple(sorted(found, key=lambda report: report.position))
