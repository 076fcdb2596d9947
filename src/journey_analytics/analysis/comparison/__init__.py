"""Comparison: two periods or two groups, all watched equally long, and what of a change is mix and what is rate."""

from journey_analytics.analysis.comparison.annotated_periods import Period, annotations_in_periods
from journey_analytics.analysis.comparison.compared_edges import ComparisonOptions
from journey_analytics.analysis.comparison.comparison import Comparison, compare_periods, compare_segments
from journey_analytics.analysis.comparison.rate_change import rate_change

__all__ = [
    "Comparison",
    "ComparisonOptions",
    "Period",
    "annotations_in_periods",
    "compare_periods",
    "compare_segments",
    "rate_change",
]
