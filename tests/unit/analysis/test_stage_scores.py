import numpy as np
import pytest

from journey_analytics.analysis.hidden_stages.stage_scores import score_stages

TRUTH = np.array([0, 0, 1, 2, 0, 1])
FIRST = np.array([0, 4])
DAY = np.array([0.0, 1.0, 2.0, 3.0, 0.0, 4.0])


def test_the_truth_scores_best() -> None:
    scores = score_stages(TRUTH, TRUTH, FIRST, DAY, 3, probabilities=np.eye(3)[:, TRUTH])
    assert (scores.accuracy, scores.macro_f1, scores.entry_days, scores.entries_missed) == (1.0, 1.0, 0.0, 0.0)
    assert (scores.funnel_error, scores.log_loss, scores.calibration_error) == (0.0, 0.0, 0.0)


def test_scores_are_as_counted_by_hand() -> None:
    inferred = np.array([0, 1, 1, 1, 0, 0])
    scores = score_stages(TRUTH, inferred, FIRST, DAY, 3)
    assert scores.confusion.tolist() == [[2, 1, 0], [1, 1, 0], [0, 1, 0]]
    assert scores.accuracy == pytest.approx(3 / 6)
    assert scores.macro_f1 == pytest.approx((2 * 2 / 6 + 2 * 1 / 5 + 0) / 3)
    # Stage 1 was entered on day 2 and found on day 1; by the second customer on day 4 and never; stage 2 never found.
    assert scores.entry_days == pytest.approx(1.0)
    assert scores.entries_missed == pytest.approx(2 / 3)
    # Of two customers both reached stage 1 and one stage 2; found were one and none.
    assert scores.funnel_error == pytest.approx(0.5)


def test_shares_that_are_better_known_are_taken_for_the_funnel() -> None:
    scores = score_stages(TRUTH, TRUTH, FIRST, DAY, 3, reached=np.array([1.0, 0.9, 0.5]))
    assert scores.funnel_error == pytest.approx(0.05)
