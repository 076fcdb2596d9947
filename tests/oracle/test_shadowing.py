"""A rule that is said to be shadowed takes nothing, whatever the events."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.contracts import TOUCHPOINTS
from journey_analytics.stage_model import Rule, Stage, StageModel, shadowed_rules
from journey_analytics.transform.asked_texts import asked_texts
from journey_analytics.transform.bucket import transform_bucket
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.rule_counts import count_rules
from journey_analytics.transform.sessions import find_sessions
from journey_analytics.transform.touchpoints import read_events, touchpoints_of
from tests.oracle.test_rules import CONDITIONS, PROJECT, models, with_more
from tests.strategies import event_frames


@st.composite
def narrowed(draw: st.DrawFn) -> StageModel:
    """Rules of which many say more of what one above them says."""
    above = draw(st.lists(st.lists(CONDITIONS, min_size=1, max_size=2), min_size=1, max_size=4))
    below = [[*conditions, *draw(st.lists(CONDITIONS, max_size=1))] for conditions in above]
    below += draw(st.lists(st.lists(CONDITIONS, min_size=1, max_size=2), max_size=8))
    rules = [Rule(f"rule {index}", "one", tuple(conditions), "") for index, conditions in enumerate(above + below)]
    return StageModel("drawn", "", "", (Stage("one", "", ""),), tuple(rules), ())


@settings(max_examples=200, deadline=None)
@given(event_frames().map(with_more), narrowed())
def test_a_shadowed_rule_takes_nothing(frame: pl.DataFrame, model: StageModel) -> None:
    taken = set(transform_bucket(frame, [model], PROJECT).of(TOUCHPOINTS)["rule_id"].to_list())
    shadowed = {one.rule.rule_id for one in shadowed_rules(model.rules)}
    assert len(shadowed) >= 1
    assert shadowed & taken == set()


@settings(max_examples=100, deadline=None)
@given(event_frames().map(with_more), models())
def test_counts_of_rules_add_up(frame: pl.DataFrame, model: StageModel) -> None:
    """What rules take and what none takes are all interactions; no rule takes what one above it matches."""
    touchpoints = touchpoints_of(read_events(frame, asked_texts(model.conditions())), np.arange(frame.height))
    cutting = PROJECT.sessions
    facts = Facts(touchpoints, find_sessions(touchpoints, cutting.timeout, cutting.max_duration))
    counts = count_rules(facts, model)
    taken = transform_bucket(frame, [model], PROJECT).of(TOUCHPOINTS)["rule_id"].drop_nulls()
    expected = [int((taken == rule.rule_id).sum()) for rule in model.rules]
    assert np.diag(counts.takers).tolist() == expected
    assert sum(expected) + counts.untaken["interactions_count"].sum() == counts.interactions_count
    assert not np.triu(counts.takers, 1).any()
