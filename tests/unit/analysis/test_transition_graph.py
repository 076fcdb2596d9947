import polars as pl

from journey_analytics.analysis.chains.transition_graph import outcome_chain, transition_graph


def moves(*rows: tuple[str, str, int]) -> pl.DataFrame:
    """Rows of marts.stage_transitions."""
    frame = pl.DataFrame(rows, schema=["from_stage", "to_stage", "transitions_count"], orient="row")
    return frame.with_columns(journeys_count="transitions_count", customers_count="transitions_count")


MOVES = moves(
    ("(start)", "see", 10), ("see", "buy", 4), ("see", "(dropped_off)", 4), ("see", "(open)", 6), ("buy", "see", 4),
)  # fmt: skip


def test_drop_off_of_a_node_is_a_share_of_decided_moves() -> None:
    node = transition_graph(MOVES).nodes["see"]
    assert (node["inflow_count"], node["outflow_count"], node["open_count"]) == (14, 14, 6)
    assert node["drop_off_share"] == 4 / 8


def test_who_has_been_at_the_goal_has_completed_whatever_follows() -> None:
    without, with_goal = (outcome_chain(transition_graph(MOVES), goals) for goals in ((), ("buy",)))
    assert without is not None
    assert with_goal is not None
    assert without.absorbing == ("(dropped_off)",)
    assert with_goal.absorbing == ("(completed)", "(dropped_off)")
    ends = dict(zip(with_goal.transient, with_goal.absorption.tolist(), strict=True))
    assert ends["buy"] == [1.0, 0.0]
    assert ends["see"] == [0.5, 0.5]
