import numpy as np
import pytest

from journey_analytics.analysis.hidden_stages.gaps import Spans, cumulated

SPANS = Spans((1.0, 4.0))
RATES = np.array([[2.0, 1.0, 0.1], [0.5, 0.5, 0.5]])


def test_rates_add_up_over_the_spans_that_a_time_goes_through() -> None:
    placed = SPANS.place(np.array([0.5, 1.0, 3.0, 14.0]))
    assert cumulated(RATES, SPANS, placed)[0].tolist() == pytest.approx([1.0, 2.0, 4.0, 6.0])


def test_equal_rates_are_an_exponential_distribution() -> None:
    days = np.array([0.0, 0.3, 2.0, 50.0])
    assert cumulated(RATES, SPANS, SPANS.place(days))[1].tolist() == pytest.approx((0.5 * days).tolist())


def test_a_density_is_how_fast_the_probability_of_staying_away_falls() -> None:
    days, little = np.array([0.4, 2.0, 9.0]), 1e-6
    away = np.exp(-cumulated(RATES, SPANS, SPANS.place(days)))
    later = np.exp(-cumulated(RATES, SPANS, SPANS.place(days + little)))
    density = RATES[:, SPANS.place(days).span] * away
    np.testing.assert_allclose((away - later) / little, density, rtol=1e-4)


def test_time_is_spent_in_every_span_that_it_goes_through() -> None:
    ends, within = SPANS.place(np.array([0.5, 3.0, 14.0])).added_up(np.array([[1.0, 1.0, 0.5]]), SPANS.count)
    assert ends.tolist() == [[1.0, 1.0, 0.5]]
    assert SPANS.exposure(ends, within).tolist() == [[0.5 + 1.0 + 0.5, 2.0 + 1.5, 5.0]]
