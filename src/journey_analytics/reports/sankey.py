"""A Sankey diagram with fixed columns: nodes stand where we put them, so that labels and ribbons never collide.

Plotly puts sinks into the last column, crosses ribbons and places labels on top of them when left alone; with every
position given and nodes and links listed in drawing order it keeps still.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from journey_analytics.readable import count
from journey_analytics.reports.theme import Look

_TOP, _BOTTOM, _LEFT, _RIGHT = 8, 24, 8, 150
_THICKNESS = 16
_GAP_SHARE = 0.3


@dataclass(frozen=True)
class Node:
    """A node: its column (from 0), customers, label (may hold line breaks), colour, and colour of ribbons out of it."""

    key: str
    column: int
    value: int
    label: str
    color: str
    ribbon: str


@dataclass(frozen=True)
class Link:
    """A ribbon between two nodes, in customers."""

    source: str
    target: str
    value: int


def draw_sankey(nodes: Sequence[Node], links: Sequence[Link], columns: int, look: Look) -> dict[str, object]:
    """Draw nodes column by column, each column from the top in the order given.

    Args:
        nodes: Nodes with at least one customer.
        links: Ribbons; drawn in the order of their ends, so that they do not cross at the nodes.
        columns: Number of columns.
        look: Colours and size.
    """
    height = 560
    inner = height - _TOP - _BOTTOM
    stacks = [[node for node in nodes if node.column == column] for column in range(columns)]
    most = max(len(stack) for stack in stacks)
    pad = inner * _GAP_SHARE / max(1, most - 1)
    scale = min((inner - (len(stack) - 1) * pad) / sum(node.value for node in stack) for stack in stacks if stack)
    ordered = [node for stack in stacks for node in stack]
    center: dict[str, float] = {}
    for stack in stacks:
        top = 0.0
        for node in stack:
            center[node.key] = (top + node.value * scale / 2) / inner
            top += node.value * scale + pad
    place = {node.key: index for index, node in enumerate(ordered)}
    left = [_column_left(node.column, columns) for node in ordered]
    drawn = sorted(links, key=lambda link: (place[link.source], center[link.target]))
    by_key = {node.key: node for node in nodes}
    sankey = {
        "type": "sankey",
        "arrangement": "fixed",
        "node": {
            "align": "left",
            "sort": "input",
            "x": [_inside(x) for x in left],
            "y": [_inside(center[node.key]) for node in ordered],
            "label": ["" for _ in ordered],
            "color": [node.color for node in ordered],
            "pad": pad,
            "thickness": _THICKNESS,
            "line": {"color": look.color("line"), "width": 1},
            "customdata": [node.label for node in ordered],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        "link": {
            "sort": "input",
            "source": [place[link.source] for link in drawn],
            "target": [place[link.target] for link in drawn],
            "value": [link.value for link in drawn],
            "color": [_ribbon(by_key[link.source], by_key[link.target]) for link in drawn],
            "customdata": [
                f"{by_key[link.source].label.split('<br>')[0]} → {by_key[link.target].label.split('<br>')[0]}<br>"
                f"{count(link.value)} customers"
                for link in drawn
            ],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    }
    labels = [
        {
            "xref": "paper", "yref": "paper", "x": x, "y": 1 - center[node.key], "text": node.label, "showarrow": False,
            "xanchor": "left", "yanchor": "middle", "xshift": _THICKNESS / 2 + 4, "align": "left",
            "bgcolor": look.color("label"), "borderpad": 1, "font": {"size": 12},
        }
        for node, x in zip(ordered, left, strict=True)
    ]  # fmt: skip
    margin = {"l": _LEFT, "r": _RIGHT, "t": _TOP, "b": _BOTTOM}
    return {"data": [sankey], "layout": look.layout(height, margin=margin, annotations=labels)}


def _ribbon(source: Node, target: Node) -> str:
    """Ribbons to an outcome have its colour, others that of where they come from."""
    return target.ribbon if ">" in target.key else source.ribbon


def _column_left(column: int, columns: int) -> float:
    return column / (columns - 1)


def _inside(share: float) -> float:
    """Plotly ignores a position of exactly 0."""
    return min(max(share, 0.001), 0.999)
