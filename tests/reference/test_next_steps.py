"""What comes next in a public log, by memories of several lengths, beside reference scores; from rows in random order."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from journey_analytics.analysis.next_steps.context_tree import ContextTree, context_tree
from journey_analytics.analysis.next_steps.next_step_scores import begun_from, next_step_scores
from journey_analytics.analysis.next_steps.step_guesses import guessed
from journey_analytics.analysis.next_steps.step_sequences import StepSequences, step_sequences

LOG = Path(__file__).parent / "journeys/receipt/events.csv"
LAST_THIRD = {
    # memory: the step was the likeliest, among the three likeliest, log-loss in nats
    0: (0.159, 0.493, 2.031),
    1: (0.855, 0.970, 0.680),
    2: (0.865, 0.979, 0.604),
    5: (0.896, 0.989, 0.457),
}
"""By mixtures after Witten and Bell; learned from what had happened when the last third of the cases began, cases that
went on then without an end; scored on those that began after, their end being a step like others."""

KNOWN_BEGINNINGS = 0.975


@pytest.fixture(scope="module", params=(3, 11))
def sequences(request: pytest.FixtureRequest) -> StepSequences:
    """The log, a case being all there is of a customer, and over with its last event."""
    events = pl.read_csv(LOG, schema_overrides={"case_id": pl.String})
    events = events.with_columns(pl.col("timestamp").str.to_datetime(time_zone="UTC"))
    return step_sequences(
        events.sample(fraction=1, shuffle=True, seed=request.param),
        lapse_after=timedelta(0),
        until=datetime(2100, 1, 1, tzinfo=UTC),
        entity="case_id",
        case="case_id",
        time="timestamp",
        event="activity",
        ties=["event_index"],
    )


@pytest.fixture(scope="module")
def split(sequences: StepSequences) -> tuple[ContextTree, StepSequences]:
    """What the first two thirds teach, and the cases of the last."""
    started = np.sort(sequences.started_at)
    moment = int(started[2 * len(started) // 3])
    return context_tree(sequences.only(sequences.at < moment), max(LAST_THIRD)), begun_from(sequences, moment)


def test_the_log_is_read_as_a_whole(sequences: StepSequences) -> None:
    assert (len(sequences.cases), len(sequences.names), len(sequences.at)) == (1434, 28, 8577 + 1434)


@pytest.mark.parametrize("memory", LAST_THIRD)
def test_each_memory_scores_as_the_reference(split: tuple[ContextTree, StepSequences], memory: int) -> None:
    tree, happened = split
    scores = guessed(tree.shorter(memory), happened).scores("").row(0, named=True)
    found = [scores[name] for name in ("top1_rate", "top3_rate", "log_loss")]
    assert found == pytest.approx(LAST_THIRD[memory], abs=0.0005)


def test_beginnings_that_had_occurred_before_are_as_many_as_in_the_reference(sequences: StepSequences) -> None:
    found = next_step_scores(sequences)
    assert found
    assert found.trust["known_beginnings_rate"].item() == pytest.approx(KNOWN_BEGINNINGS, abs=0.0005)
