"""Reports: tables to figures and pages, one file per page. A module that defines ``REPORT`` is a page."""

from importlib import import_module
from pkgutil import iter_modules

from journey_analytics.reports.report import Report


def discover() -> list[Report]:
    """Every page of the site, in the order of the navigation."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found: list[Report] = [module.REPORT for module in modules if hasattr(module, "REPORT")]
    return sorted(found, key=lambda report: report.position)
