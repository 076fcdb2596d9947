"""Chains with an end: where moves lead in the long run, and the graph that they make."""

from journey_analytics.analysis.chains.absorbing_chain import AbsorbingChain, absorbing_chain
from journey_analytics.analysis.chains.outlook import Outlook, outlook
from journey_analytics.analysis.chains.transition_graph import outcome_chain, to_graphml, to_json, transition_graph

__all__ = [
    "AbsorbingChain",
    "Outlook",
    "absorbing_chain",
    "outcome_chain",
    "outlook",
    "to_graphml",
    "to_json",
    "transition_graph",
]
