"""Funnels of events: who does some steps within a window, who does not, who may still."""

from journey_analytics.analysis.funnels.between import time_to_convert
from journey_analytics.analysis.funnels.correlation import funnel_correlation
from journey_analytics.analysis.funnels.customers import funnel_customers
from journey_analytics.analysis.funnels.question import Exclusion, Funnel, Step
from journey_analytics.analysis.funnels.step_counts import funnel_steps
from journey_analytics.analysis.funnels.trend import funnel_trend

__all__ = [
    "Exclusion",
    "Funnel",
    "Step",
    "funnel_correlation",
    "funnel_customers",
    "funnel_steps",
    "funnel_trend",
    "time_to_convert",
]
