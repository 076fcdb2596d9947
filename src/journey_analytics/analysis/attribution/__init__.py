"""Attribution: credit for conversions to the channels of the touches before. None of it is a causal effect."""

from journey_analytics.analysis.attribution.attribution import attribution
from journey_analytics.analysis.attribution.conversion_paths import conversion_paths
from journey_analytics.analysis.attribution.path_counts import counted_paths
from journey_analytics.analysis.attribution.path_table import path_table
from journey_analytics.analysis.attribution.touch_paths import ConversionPaths

__all__ = [
    "ConversionPaths",
    "attribution",
    "conversion_paths",
    "counted_paths",
    "path_table",
]
