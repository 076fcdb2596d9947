"""What lies ahead of a journey that is in a stage now, if journeys go on as those that are decided did."""

from collections.abc import Mapping

import polars as pl

from journey_analytics.analysis.chains.transition_graph import outcome_chain, transition_graph
from journey_analytics.contracts import declare_table
from journey_analytics.marts.mart import Mart
from journey_analytics.vocabulary import OUTCOME_NODES, Outcome

_TABLE = declare_table(
    "marts.stage_outlook",
    "stage, or (start)",
    "stage_model, stage",
    """
    stage_model VARCHAR!          | Name of the stage model.
    stage VARCHAR!                | Stage, or (start).
    decided_count BIGINT!         | Moves out of the stage that the estimate rests on.
    completed_probability DOUBLE! | Probability that a journey in this stage ends completed.
    dropped_off_probability DOUBLE! | Probability that it ends dropped off.
    expected_moves DOUBLE!        | Expected number of further moves, the last one, to the outcome, included.
    """,
)


def _compute(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    transitions, goals = tables["transitions"], tables["goals"]
    rows: list[dict[str, object]] = []
    for (model,), of_model in transitions.sort("stage_model").group_by("stage_model", maintain_order=True):
        graph = transition_graph(of_model)
        chain = outcome_chain(graph, goals.filter(pl.col("stage_model") == model)["stage"].to_list())
        if chain is None:
            continue
        ends = {end: chain.absorption[:, index] for index, end in enumerate(chain.absorbing)}
        for index, stage in enumerate(chain.transient):
            node = graph.nodes[stage]
            rows.append(
                {
                    "stage_model": model,
                    "stage": stage,
                    "decided_count": node["outflow_count"] - node["open_count"],
                    **{
                        f"{outcome}_probability": float(ends[name][index])
                        if (name := OUTCOME_NODES[outcome]) in ends
                        else 0.0
                        for outcome in (Outcome.COMPLETED, Outcome.DROPPED_OFF)
                    },
                    "expected_moves": float(chain.expected_steps[index]),
                }
            )
    return pl.DataFrame(rows, schema=_TABLE.schema).sort("stage_model", "stage")


MART = Mart(
    _TABLE,
    "Where journeys in a stage end, by the absorbing Markov chain of all decided moves: an outlook, not a forecast.",
    queries={
        "transitions": "from marts.stage_transitions",
        "goals": "select stage_model, stage from journeys.stages where is_goal order by all",
    },
    compute=_compute,
)
