from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from journey_analytics.analysis.chains.absorbing_chain import AbsorbingChain, absorbing_chain
from journey_analytics.analysis.chains.outlook import outlook
from journey_analytics.errors import UsageError

START = datetime(2026, 1, 1, tzinfo=UTC)
ENDS = {"+": "completed", "-": "dropped_off", "?": "open"}
JOURNEYS = ["aab-", "ab+", "aba-", "b+", "abcb+", "acb-", "a?", "ac?", "ab?", "a-"] * 3


def log(journeys: list[str]) -> pl.DataFrame:
    """A visit a day for each letter, and at last what became of the journey."""
    return pl.DataFrame(
        [
            {
                "journey_id": number,
                "entered_at": START + timedelta(days=place),
                "stage": stage,
                "outcome": ENDS[journey[-1]],
            }
            for number, journey in enumerate(journeys)
            for place, stage in enumerate(journey[:-1])
        ]
    )


def chain(journeys: list[str], change: dict[tuple[str, str], float] | None = None) -> AbsorbingChain:
    """The chain of decided moves, by hand; with other probabilities of some steps."""
    steps = Counter(step for journey in journeys for step in pairwise(journey) if step[1] != "?")
    leaving: Counter[str] = Counter()
    for (source, _), count in steps.items():
        leaving[source] += count
    probabilities = {step: count / leaving[step[0]] for step, count in steps.items()}
    starts = Counter(journey[0] for journey in journeys)
    probabilities |= {("start", stage): count / len(journeys) for stage, count in starts.items()}
    return absorbing_chain(probabilities | (change or {}), ["+", "-"])


def test_the_outlook_is_that_of_the_absorbing_chain() -> None:
    found, expected = outlook(log(JOURNEYS), outcome="outcome").stages, chain(JOURNEYS)
    assert found["stage"].to_list() == ["a", "b", "c", "(start)"]
    for row in found.iter_rows(named=True):
        place = expected.transient.index(row["stage"].strip("()"))
        assert (row["completed_rate"], row["drop_off_rate"]) == pytest.approx(tuple(expected.absorption[place]))
        moves = expected.expected_steps[place] - (row["stage"] == "(start)")
        assert row["expected_moves"] == pytest.approx(moves)
        for name in ("completed", "drop_off", "expected"):
            estimate = row[f"{name}_{'moves' if name == 'expected' else 'rate'}"]
            assert row[f"{name}_low"] < estimate < row[f"{name}_high"]
    assert found.select("stage", "moves_count", "has_few").row(0) == ("a", 30, False)


def test_gains_are_what_one_more_of_a_hundred_moves_would_change() -> None:
    found, now = outlook(log(JOURNEYS), outcome="outcome", replicates=50).improvements, chain(JOURNEYS)
    nodes = {"(completed)": "+", "(dropped_off)": "-"}
    moves = Counter(step for journey in JOURNEYS for step in pairwise(journey) if step[1] != "?")
    start = now.transient.index("start")
    assert found.height == len(moves)
    for row in found.iter_rows(named=True):
        source, target = row["from_stage"], nodes.get(row["to_stage"], row["to_stage"])
        own = {step: count / sum(moves[other] for other in moves if other[0] == source) for step, count in moves.items()
               if step[0] == source}  # fmt: skip
        changed = {step: 0.99 * rate + 0.01 * (step[1] == target) for step, rate in own.items()}
        gain = chain(JOURNEYS, changed).absorption[start, 0] - now.absorption[start, 0]
        assert row["gain_rate"] == pytest.approx(gain, abs=1e-12)
        assert row["gain_low"] <= row["gain_rate"] <= row["gain_high"]
    assert found["gain_rate"].is_sorted(descending=True)


def test_who_has_been_at_the_goal_has_completed_whatever_follows() -> None:
    found = outlook(log(["abc-", "abc-", "ac-"]), outcome="outcome", goals=["b"], replicates=0).stages
    rates = dict(found.select("stage", "completed_rate").iter_rows())
    assert rates == pytest.approx({"a": 2 / 3, "b": 1, "c": 0, "(start)": 2 / 3})


def test_a_stage_without_a_decided_way_out_is_not_known() -> None:
    found = outlook(log(["a-", "b?", "cdc?", "cdcd?"]), outcome="outcome").stages
    assert dict(found.select("stage", "drop_off_rate").iter_rows()) == {
        "a": 1.0, "b": None, "c": None, "d": None, "(start)": pytest.approx(0.25)
    }  # fmt: skip
    assert found["expected_moves"].to_list()[1:3] == [None, None]


def test_the_order_of_rows_is_nothing() -> None:
    one, other = log(JOURNEYS), log(JOURNEYS).sample(fraction=1, shuffle=True, seed=4)
    found, again = outlook(one, outcome="outcome"), outlook(other, outcome="outcome")
    assert found.stages.equals(again.stages)
    assert found.improvements.equals(again.improvements)


def test_nothing_comes_from_nothing() -> None:
    found = outlook(log(JOURNEYS).clear(), outcome="outcome")
    assert found.stages["completed_rate"].to_list() == [None]
    assert found.improvements.is_empty()


@pytest.mark.parametrize("change", [{"outcome": "left"}, {"event": "step", "outcome": "outcome"}])
def test_what_cannot_be_is_told(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        outlook(log(JOURNEYS).with_columns(left=pl.lit("gone")), **change)
    assert caught.value.hint
