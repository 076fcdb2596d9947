"""Transitions of the receipt log changed between the first and the second half of its cases: G by another program."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from journey_analytics.analysis.comparison.two_groups import edges_of

EVENTS = Path(__file__).parent / "journeys" / "receipt" / "events.csv"


def test_g_of_the_receipt_log_is_that_of_another_program() -> None:
    """Cases by their start in two halves, the end of a case a next step, rare next steps by themselves."""
    events = pl.read_csv(EVENTS, try_parse_dates=True).sort("case_id", "timestamp", "event_index")
    half = pl.col("start").rank("ordinal") > pl.len() // 2
    cases = events.group_by("case_id").agg(start=pl.col("timestamp").min()).sort("start", "case_id")
    steps = events.select(
        "case_id", "activity", next_step=pl.col("activity").shift(-1).over("case_id").fill_null("(end)")
    ).join(cases.select("case_id", is_later=half), on="case_id")
    names = pl.concat([steps["activity"], steps["next_step"]]).unique().sort()
    source, next_step = (names.search_sorted(steps[column]).to_numpy() for column in ("activity", "next_step"))
    is_later = steps["is_later"].to_numpy()
    edges = edges_of(source, next_step, is_later, len(names), least_expected=0)
    counts = edges.counts(is_later)
    in_both = (edges.per_source(counts) > 0).all(axis=0)
    assert edges.g(*counts)[in_both].sum() == pytest.approx(685.5, abs=0.05)
    assert np.sum(edges.sources.lengths[in_both] - 1) == 85
