"""What goes before a drop-off: events by a landmark, and patterns of events, beside customers who went on."""

from journey_analytics.analysis.precursors.preceding_patterns import PatternOptions, preceding_patterns
from journey_analytics.analysis.precursors.precursors import precursors

__all__ = ["PatternOptions", "preceding_patterns", "precursors"]
