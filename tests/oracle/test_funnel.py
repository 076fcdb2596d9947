"""The fast funnel equals the slow one on random events with ties, gaps of exactly the window, and repeated steps."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.ordered_funnel import ordered_funnel
from tests.oracle import slow_funnel
from tests.strategies import START, TINY

WINDOW = timedelta(minutes=30)
GAPS = (
    timedelta(0), timedelta(0), TINY, timedelta(minutes=10), timedelta(minutes=15), timedelta(minutes=20),
    WINDOW - TINY, WINDOW, WINDOW + TINY,
)  # fmt: skip
SCHEMA = {"customer_id": pl.String, "occurred_at": pl.Datetime("us", "UTC"), "event_type": pl.String}


@st.composite
def event_logs(draw: st.DrawFn) -> pl.DataFrame:
    """Events of up to three customers, and of none, in any order of rows."""
    clocks: dict[str | None, datetime] = {}
    rows: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 20))):
        customer = draw(st.sampled_from(("ann", "ann", "ben", "cyd", None)))
        clocks[customer] = clocks.get(customer, START) + draw(st.sampled_from(GAPS))
        at = None if draw(st.integers(0, 19)) == 0 else clocks[customer]
        rows.append({"customer_id": customer, "occurred_at": at, "event_type": draw(st.sampled_from("aabbcd"))})
    if draw(st.booleans()):
        Random(draw(st.integers())).shuffle(rows)
    return pl.DataFrame(rows, schema=SCHEMA)


@settings(max_examples=300, deadline=None)
@given(event_logs(), st.lists(st.sampled_from("abc"), min_size=1, max_size=5), st.sampled_from((timedelta(0), WINDOW)))
def test_the_funnel_equals_the_slow_one(events: pl.DataFrame, steps: list[str], window: timedelta) -> None:
    found = ordered_funnel(events, steps, window)
    assert found["step_index"].to_list() == list(range(1, len(steps) + 1))
    slow = slow_funnel.ordered_funnel(events.to_dicts(), steps, window)
    assert [(count, name) for _, name, count, *_ in found.rows()] == [(count, name) for count, name, *_ in slow]
    for row, expected in zip(found.rows(), slow, strict=True):
        assert row[3:] == pytest.approx(expected[2:], abs=1e-6)
