from datetime import date

import polars as pl
import pytest

from journey_analytics.analysis.intervals import benjamini_hochberg, difference_p_values
from journey_analytics.analysis.unusual import unusual_drop_offs


def cells(*counts: tuple[int, int], stage: str = "see") -> pl.DataFrame:
    """Months of one stage and channel: decided journeys and how many of them dropped off."""
    decided = sum(journeys for journeys, _ in counts)
    dropped = sum(lost for _, lost in counts)
    return pl.DataFrame(
        [
            {
                "stage_model": "steps",
                "stage": stage,
                "first_channel": "web",
                "month": date(2026, month, 1),
                "journeys_count": journeys + 5,
                "open_count": 5,
                "dropped_off_count": lost,
                "is_mature": True,
                "excess_count": lost - journeys * (dropped - lost) / (decided - journeys),
            }
            for month, (journeys, lost) in enumerate(counts, start=1)
        ]
    )


def test_a_month_that_stands_out_is_found() -> None:
    found = unusual_drop_offs(cells((400, 100), (400, 104), (400, 240), (400, 96)))
    assert found["month"].to_list() == [date(2026, 3, 1)]
    assert found["comparisons_count"].to_list() == [4]
    assert found["q_value"][0] < 1e-10


def test_months_with_less_drop_off_than_others_are_no_finding() -> None:
    eleven_alike = [(400, 200)] * 11
    assert unusual_drop_offs(cells(*eleven_alike, (400, 20))).is_empty()


def test_chance_is_no_finding() -> None:
    assert unusual_drop_offs(cells((400, 100), (400, 110), (400, 94), (400, 104))).is_empty()


def test_few_journeys_are_no_finding() -> None:
    assert unusual_drop_offs(cells((49, 49), (400, 4))).is_empty()


def test_young_months_are_neither_compared_nor_compared_with() -> None:
    months = cells((400, 100), (400, 100), (400, 300))
    assert unusual_drop_offs(months).height == 1
    young = months.with_columns(is_mature=pl.col("month") < date(2026, 3, 1))
    assert unusual_drop_offs(young).is_empty()


def test_many_looks_need_a_stronger_sign() -> None:
    """The same cell that counts alone does not count as the best of two hundred."""
    alone = cells((400, 128), (400, 100))
    others = [cells((400, 100), (400, 100), stage=f"stage_{number}") for number in range(100)]
    assert unusual_drop_offs(alone).height == 1
    assert unusual_drop_offs(pl.concat([alone, *others])).is_empty()


def test_p_value_of_two_rates() -> None:
    """Worked by hand: pooled rate 0.15, standard error 0.0505, z = 1.980."""
    assert difference_p_values(20, 100, 10, 100) == pytest.approx(0.04767, abs=1e-5)
    assert difference_p_values(0, 0, 10, 100) == 1.0
    assert difference_p_values(0, 10, 0, 100) == 1.0


def test_benjamini_and_hochberg_s_own_example() -> None:
    """Benjamini and Hochberg 1995, section 4: of fifteen p-values the four smallest count at 5 %."""
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert (benjamini_hochberg(p_values) <= 0.05).sum() == 4
