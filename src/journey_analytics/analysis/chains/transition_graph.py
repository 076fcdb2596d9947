"""The transition graph: stages as nodes, moves as edges, with the start and the outcomes as nodes of their own."""

import io
import json
from collections.abc import Collection
from typing import Any, TypeAlias

import networkx as nx
import polars as pl

from journey_analytics.analysis.chains.absorbing_chain import AbsorbingChain, absorbing_chain
from journey_analytics.vocabulary import OUTCOME_NODES, START, Outcome

Graph: TypeAlias = "nx.DiGraph[Any]"

_ENDS = (OUTCOME_NODES[Outcome.COMPLETED], OUTCOME_NODES[Outcome.DROPPED_OFF])
_OPEN = OUTCOME_NODES[Outcome.OPEN]


def transition_graph(transitions: pl.DataFrame) -> Graph:
    """Make the graph of one stage model.

    Args:
        transitions: Rows of ``marts.stage_transitions`` of one model: ``from_stage``, ``to_stage``,
            ``transitions_count``, ``journeys_count``, ``customers_count``, ``transition_rate``, ``median_seconds``,
            ``p90_seconds``.

    Returns:
        A directed graph. Edges carry these columns (a time only where there is one). Nodes carry ``kind`` (start, stage
        or outcome), ``inflow_count``, ``outflow_count``, ``dropped_off_count``, ``open_count``, and ``drop_off_share``:
        dropped off, of the moves out that are decided (an open journey has not moved out yet). It is a share of moves,
        loops included; ``marts.stage_drop_offs`` has the rate of journeys.
    """
    graph: Graph = nx.DiGraph()
    for row in transitions.sort("from_stage", "to_stage").iter_rows(named=True):
        edge = {name: value for name, value in row.items() if value is not None}
        source, target = edge.pop("from_stage"), edge.pop("to_stage")
        edge.pop("stage_model", None)
        graph.add_edge(source, target, **edge)
    for node in graph.nodes:
        graph.nodes[node].update(_node_facts(graph, node))
    return graph


def _node_facts(graph: Graph, node: str) -> dict[str, Any]:
    kind = "start" if node == START else "outcome" if node in OUTCOME_NODES.values() else "stage"
    out = {target: data["transitions_count"] for _, target, data in graph.out_edges(node, data=True)}
    facts: dict[str, Any] = {
        "kind": kind,
        "inflow_count": sum(data["transitions_count"] for *_, data in graph.in_edges(node, data=True)),
        "outflow_count": sum(out.values()),
    }
    if kind != "outcome":
        dropped, undecided = out.get(OUTCOME_NODES[Outcome.DROPPED_OFF], 0), out.get(_OPEN, 0)
        facts |= {"dropped_off_count": dropped, "open_count": undecided}
        decided = facts["outflow_count"] - undecided
        if decided:
            facts["drop_off_share"] = dropped / decided
    return facts


def outcome_chain(graph: Graph, goals: Collection[str] = ()) -> AbsorbingChain | None:
    """The absorbing chain of a transition graph; None when no journey is decided yet.

    Open journeys are left out of numerator and denominator: counting them as ends would inflate drop-off. Stages whose
    only way on is an open end are left out as well. A journey that has been at a goal is completed whatever follows,
    so that goals lead to the completed outcome only.
    """
    decided: Graph = nx.DiGraph(graph)
    decided.remove_nodes_from([_OPEN] if _OPEN in decided else [])
    for goal in decided.nodes & set(goals):
        decided.remove_edges_from(list(decided.out_edges(goal)))
        decided.add_edge(goal, OUTCOME_NODES[Outcome.COMPLETED], transitions_count=1)
    ends = [end for end in _ENDS if end in decided]
    reaching = set(ends).union(*(nx.ancestors(decided, end) for end in ends))
    decided = decided.subgraph(reaching)
    probabilities: dict[tuple[Any, Any], float] = {}
    for node in decided:
        total = sum(data["transitions_count"] for *_, data in decided.out_edges(node, data=True))
        for _, target, data in decided.out_edges(node, data=True):
            probabilities[node, target] = data["transitions_count"] / total
    return absorbing_chain(probabilities, ends) if ends else None


def to_graphml(graph: Graph) -> str:
    """The graph as GraphML, for Gephi, yEd and their like."""
    buffer = io.BytesIO()
    nx.write_graphml(graph, buffer)
    return buffer.getvalue().decode("utf-8")


def to_json(graph: Graph) -> str:
    """The graph as node-link JSON, which D3 and ``networkx.node_link_graph`` read."""
    return json.dumps(nx.node_link_data(graph, edges="edges"), sort_keys=True, indent=1)
