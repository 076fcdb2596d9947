"""The Sankey of first passages: channels, then the stages in order, each stage's ends one column further."""

from dataclasses import dataclass

import polars as pl

from journey_analytics.readable import channel_name, count, percent
from journey_analytics.reports.sankey import Link, Node, draw_sankey
from journey_analytics.reports.theme import Look, faded
from journey_analytics.reports.words import plain
from journey_analytics.vocabulary import OUTCOME_NODES, START, Outcome

_ENDS = {
    OUTCOME_NODES[Outcome.COMPLETED]: ("Completed", "completed"),
    OUTCOME_NODES[Outcome.OPEN]: ("Still active", "open"),
    OUTCOME_NODES[Outcome.DROPPED_OFF]: ("Left", "left"),
}
OUTCOME_NAMES = {node: name for node, (name, _) in _ENDS.items()}
"""Names of the outcomes for people, by node."""

# Plotly makes ribbons much more transparent than their colour says: these show as about a third.
_RIBBON, _END_RIBBON = 0.68, 0.72


@dataclass(frozen=True)
class FirstPassages:
    """First passages through a stage model.

    Attributes:
        titles: Names of the stages for people, in the order of the model.
        skipped: Customers who passed over a stage.
        steps: ``first_channel``, ``from_stage``, ``to_stage``, ``customers_count``.
    """

    titles: dict[str, str]
    skipped: dict[str, int]
    steps: pl.DataFrame

    def total(self, **where: str) -> int:
        """Customers over the steps that fit."""
        return int(self.steps.filter(**where)["customers_count"].sum())


def flow_figure(passages: FirstPassages, look: Look) -> dict[str, object]:
    """Draw first passages, with a node for every way to end at every stage."""
    stages = list(passages.titles)
    column = {START: 0} | {stage: index for index, stage in enumerate(stages, start=1)}
    nodes = [
        *_channel_nodes(passages, look),
        *(_stage_node(passages, stage, column[stage], look) for stage in stages),
        *(_end_node(passages, source, end, column[source] + 1, look) for source in (START, *stages) for end in _ENDS),
    ]
    return draw_sankey([node for node in nodes if node.value], _links(passages), columns=len(stages) + 2, look=look)


def _links(passages: FirstPassages) -> list[Link]:
    by_channel = passages.steps.filter(from_stage=START)
    inner = (
        passages.steps.filter(pl.col("from_stage") != START)
        .group_by("from_stage", "to_stage")
        .agg(pl.col("customers_count").sum())
        .sort("from_stage", "to_stage")
    )
    return [
        *(
            Link(f"channel:{channel}", _target(START, target), customers)
            for channel, _, target, customers in by_channel.iter_rows()
        ),
        *(Link(source, _target(source, target), customers) for source, target, customers in inner.iter_rows()),
    ]


def _target(source: str, target: str) -> str:
    """The same outcome is a node of its own for each stage that leads to it."""
    return f"{source}>{target}" if target in _ENDS else target


def _channel_nodes(passages: FirstPassages, look: Look) -> list[Node]:
    started = passages.steps.filter(from_stage=START).group_by("first_channel").agg(pl.col("customers_count").sum())
    ordered = started.sort(["customers_count", "first_channel"], descending=[True, False])
    total = passages.total(from_stage=START)
    return [
        Node(
            f"channel:{channel}",
            0,
            customers,
            f"{plain(channel_name(channel))}<br>{count(customers)} ({percent(customers / total)})",
            look.channel_color(channel),
            faded(look.channel_color(channel), _RIBBON),
        )
        for channel, customers in ordered.iter_rows()
    ]


def _stage_node(passages: FirstPassages, stage: str, column: int, look: Look) -> Node:
    customers, skipped = passages.total(to_stage=stage), passages.skipped.get(stage, 0)
    color = look.stage_color(column, len(passages.titles))
    label = f"<b>{column}. {plain(passages.titles[stage])}</b><br>{count(customers)}"
    if skipped:
        label += f"<br>+{count(skipped)} skipped it"
    return Node(stage, column, customers, label, color, faded(color, _RIBBON))


def _end_node(passages: FirstPassages, source: str, end: str, column: int, look: Look) -> Node:
    customers, arrived = passages.total(from_stage=source, to_stage=end), passages.total(from_stage=source)
    name, role = _ENDS[end]
    share = f"{percent(customers / arrived)} of {count(arrived)}" if arrived else ""
    color = look.color(role)
    return Node(
        _target(source, end),
        column,
        customers,
        f"{name}<br>{count(customers)} ({share})",
        color,
        faded(color, _END_RIBBON),
    )
