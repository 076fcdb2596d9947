import pytest

from journey_analytics.analysis.intervals import benjamini_hochberg, difference_p_values


def test_p_value_of_two_rates() -> None:
    """Worked by hand: pooled rate 0.15, standard error 0.0505, z = 1.980."""
    assert difference_p_values(20, 100, 10, 100) == pytest.approx(0.04767, abs=1e-5)
    assert difference_p_values(0, 0, 10, 100) == 1.0
    assert difference_p_values(0, 10, 0, 100) == 1.0


def test_benjamini_and_hochberg_s_own_example() -> None:
    """Benjamini and Hochberg 1995, section 4: of fifteen p-values the four smallest count at 5 %."""
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert (benjamini_hochberg(p_values) <= 0.05).sum() == 4
