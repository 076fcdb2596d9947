"""Leaving and coming back: what customers did last before they dropped off, and what they did when they returned."""

from journey_analytics.analysis.leaving.last_contacts import last_contacts
from journey_analytics.analysis.leaving.returns import Returns, returns

__all__ = ["Returns", "last_contacts", "returns"]
