"""Paths and credits equal slow ones on random touches: ties, look-backs to the microsecond, sessions that go on."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.attribution.attribution import attribution
from journey_analytics.analysis.attribution.conversion_paths import ConversionPaths, conversion_paths
from journey_analytics.analysis.attribution.credit_rules import RULES
from tests.oracle import slow_attribution as slow
from tests.strategies import START, TINY

BACK = timedelta(days=3)
GAPS = (timedelta(0), timedelta(0), TINY, timedelta(hours=1), timedelta(days=1), BACK - TINY, BACK, BACK + TINY)
WATERMARK = START + timedelta(days=12)
TIME = pl.Datetime("us", "UTC")


@st.composite
def logs(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Touches that do not overlap, and conversions, of up to three customers."""
    touches: list[dict[str, Any]] = []
    conversions: list[dict[str, Any]] = []
    clocks = dict.fromkeys("abc", START)
    for place in range(draw(st.integers(0, 16))):
        customer = draw(st.sampled_from("abc"))
        at = clocks[customer] + draw(st.sampled_from(GAPS))
        if draw(st.integers(0, 3)) == 0:
            conversions.append({"customer_id": customer, "occurred_at": at, "value": draw(st.sampled_from((0.0, 5.0)))})
        else:
            channel = draw(st.sampled_from(("ad", "mail", "direct")))
            touches.append(
                {"customer_id": customer, "occurred_at": at, "until": at, "channel": channel, "place": place}
            )
            if draw(st.booleans()):
                # The session goes on while there is nothing but conversions.
                touches[-1]["until"] = at + draw(st.sampled_from((TINY, timedelta(hours=1), BACK + TINY)))
        clocks[customer] = at
    for customer in "abc":
        own = sorted((touch for touch in touches if touch["customer_id"] == customer), key=lambda one: one["place"])
        for one, other in pairwise(own):
            one["until"] = min(one["until"], max(one["occurred_at"], other["occurred_at"] - TINY))
    Random(draw(st.integers())).shuffle(touches)
    schema = {"customer_id": pl.String, "occurred_at": TIME, "until": TIME, "channel": pl.String, "place": pl.Int64}
    goals = {"customer_id": pl.String, "occurred_at": TIME, "value": pl.Float64}
    return pl.DataFrame(touches, schema=schema), pl.DataFrame(conversions, schema=goals)


def found_paths(found: ConversionPaths) -> list[slow.Path]:
    told = []
    for place, first in enumerate(found.paths.first):
        rows = range(first, first + found.paths.lengths[place])
        is_null = not found.conversions[place]
        days = () if is_null else tuple(found.before[row] / 86_400e6 for row in rows)
        names = tuple(found.names[found.code[row]] for row in rows)
        told.append(slow.Path(names, days, None if is_null else found.values[place]))
    return told


def rounded(paths: list[slow.Path]) -> Counter[Any]:
    return Counter((path.channels, tuple(round(days, 9) for days in path.days), path.value) for path in paths)


@settings(max_examples=100, deadline=None)
@given(logs(), st.sampled_from((None, BACK)), st.sampled_from((None, START + timedelta(days=1), START + BACK)))
def test_paths_and_credits_equal_the_slow_ones(
    log: tuple[pl.DataFrame, pl.DataFrame], look_back: timedelta | None, since: datetime | None
) -> None:
    touches, conversions = log
    begin = since or START
    expected, open_count = slow.paths(touches.to_dicts(), conversions.to_dicts(), look_back, WATERMARK, begin)
    paths = conversion_paths(
        touches, conversions, until="until", order=["place"], value="value", look_back=look_back, since=since,
        watermark=WATERMARK,
    )  # fmt: skip
    assert paths.names == sorted({channel for path in expected for channel in path.channels})
    assert rounded(found_paths(paths)) == rounded(expected)
    assert paths.open_count == open_count
    converting = [path for path in expected if path.value is not None]
    found = attribution(paths, [*RULES, "markov_1", "markov_2", "markov_3"], replicates=3)
    rows = {(row["model"], row["channel"]): row for row in found.iter_rows(named=True)}
    for model in RULES:
        given_parts: Counter[str] = Counter()
        for path in converting:
            for channel, part in zip(path.channels, slow.credits_of(path, model), strict=True):
                given_parts[channel] += part
        for channel in paths.names:
            assert rows[model, channel]["credited_conversions"] == pytest.approx(given_parts[channel], abs=1e-9)
    for order in (1, 2, 3):
        whole = slow.conversion_rate(expected, order) if converting else 0
        for channel in paths.names:
            row = rows[f"markov_{order}", channel]
            assert row["paths_count"] == sum(channel in path.channels for path in converting)
            if whole:
                effect = 1 - slow.conversion_rate(expected, order, channel) / whole
                assert row["removal_effect"] == pytest.approx(float(effect), abs=1e-9)
    for _, own in found.group_by("model"):
        assert own["credited_conversions"].sum() == pytest.approx(len(converting))
        assert own["credited_value"].sum() == pytest.approx(sum(path.value for path in converting if path.value))
