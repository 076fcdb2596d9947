"""Who comes back: retention of cohorts, and the new, returning and dormant of each period."""

from journey_analytics.analysis.usage.lifecycle import lifecycle
from journey_analytics.analysis.usage.retention import retention

__all__ = [
    "lifecycle",
    "retention",
]
