"""Paths through any event log: what follows what, which ways are common, how near they are to the expected one."""

from journey_analytics.analysis.paths.conformance import Conformance, conformance
from journey_analytics.analysis.paths.directly_follows import DirectlyFollows, directly_follows
from journey_analytics.analysis.paths.eventually_follows import eventually_follows
from journey_analytics.analysis.paths.path_flows import path_flows, top_paths
from journey_analytics.analysis.paths.paths import Paths
from journey_analytics.analysis.paths.rework import rework
from journey_analytics.analysis.paths.stage_moves import stage_moves
from journey_analytics.analysis.paths.variants import variants

__all__ = [
    "Conformance",
    "DirectlyFollows",
    "Paths",
    "conformance",
    "directly_follows",
    "eventually_follows",
    "path_flows",
    "rework",
    "stage_moves",
    "top_paths",
    "variants",
]
