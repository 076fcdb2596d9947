"""The packed tree gives what Witten and Bell's formula gives, context by context."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.analysis.next_steps.context_tree import context_tree
from journey_analytics.analysis.next_steps.next_step_scores import next_step_scores
from journey_analytics.analysis.next_steps.step_guesses import guessed
from journey_analytics.analysis.next_steps.step_sequences import DROP_OFF, StepSequences, step_sequences
from tests.oracle.slow_next_steps import distribution, ranks

START = datetime(2026, 1, 1, tzinfo=UTC)
LAPSE = timedelta(days=10)

CASES = st.lists(st.text("abcd", min_size=1, max_size=7), min_size=1, max_size=8)


def sequences_of(cases: list[str], seed: int, until: datetime | None = None) -> StepSequences:
    """Cases of customers of their own, a day between steps, in rows of any order."""
    rows = [
        (who, START + timedelta(days=place), step) for who, case in enumerate(cases) for place, step in enumerate(case)
    ]
    log = pl.DataFrame(rows, schema=["customer_id", "occurred_at", "event_type"], orient="row")
    return step_sequences(log.sample(fraction=1, shuffle=True, seed=seed), lapse_after=LAPSE, until=until)


@settings(max_examples=150, deadline=None)
@given(CASES, CASES, st.integers(0, 4), st.integers(0, 3))
def test_probabilities_and_ranks_are_those_of_the_formula(
    known: list[str], happened: list[str], order: int, seed: int
) -> None:
    names = [*"abcd", DROP_OFF]
    everybody = sequences_of([*known, *happened, "abcd"], seed, START + timedelta(days=40))
    is_known = np.repeat(np.arange(len(everybody.cases)) < len(known), everybody.cases.lengths)
    is_happened = np.repeat(
        (np.arange(len(everybody.cases)) >= len(known))
        & (np.arange(len(everybody.cases)) < len(known) + len(happened)),
        everybody.cases.lengths,
    )
    found = guessed(context_tree(everybody.only(is_known), order), everybody.only(is_happened))
    taught = [[*case, DROP_OFF] for case in known]
    slow = [
        (distribution(taught, names, order, case[:place]), case[place])
        for case in ([*letters, DROP_OFF] for letters in happened)
        for place in range(1, len(case))
    ]
    assert found.probability.tolist() == pytest.approx([told[step] for told, step in slow], abs=1e-12)
    for rank, (told, step) in zip(found.rank.tolist(), slow, strict=True):
        least, most = ranks(told, step)
        assert least <= rank <= most


def test_a_case_that_goes_on_has_no_end() -> None:
    found = sequences_of(["ab", "abc"], 1, until=START + timedelta(days=11, hours=1))
    assert [found.names[code - 1] for code in found.code.tolist()] == ["a", "b", DROP_OFF, "a", "b", "c"]


def test_silence_begins_the_next_case_and_ends_the_one_before() -> None:
    log = pl.DataFrame({
        "customer_id": ["ann"] * 3, "event_type": ["a", "b", "c"],
        "occurred_at": [START, START + LAPSE, START + 2 * LAPSE + timedelta(microseconds=1)],
    })  # fmt: skip
    found = step_sequences(log, lapse_after=LAPSE)
    assert found.cases.lengths.tolist() == [3, 1]
    assert [found.names[code - 1] for code in found.code.tolist()] == ["a", "b", DROP_OFF, "c"]


def test_cases_come_in_the_order_in_which_they_began_whatever_their_names() -> None:
    log = pl.DataFrame({
        "customer_id": ["ann"] * 3, "event_type": ["a", "b", "c"], "case": ["z", "z", "m"],
        "occurred_at": [START, START + LAPSE, START + 5 * LAPSE],
    })  # fmt: skip
    found = step_sequences(log, lapse_after=LAPSE, case="case")
    assert [found.names[code - 1] for code in found.code.tolist()] == ["a", "b", DROP_OFF, "c"]


def test_too_little_history_has_no_score() -> None:
    assert next_step_scores(sequences_of(["abc"] * 299, 1)) is None


def test_journeys_that_have_all_just_begun_score_nothing() -> None:
    """The last third has begun, and nobody of it has gone on or lapsed yet."""
    rows = [(who, START + timedelta(days=who, hours=step), "ab"[step]) for who in range(300) for step in range(2)]
    log = pl.DataFrame(rows, schema=["customer_id", "occurred_at", "event_type"], orient="row")
    new = log.filter((pl.col("customer_id") < 190) | (pl.col("event_type") == "a"))
    assert next_step_scores(step_sequences(new, lapse_after=timedelta(days=400))) is None
    assert next_step_scores(step_sequences(log, lapse_after=timedelta(days=400))) is not None
