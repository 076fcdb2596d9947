from datetime import timedelta

import polars as pl
import pytest

from journey_analytics.analysis.survival.competing_risks import cumulative_incidence
from journey_analytics.analysis.survival.log_rank import log_rank
from journey_analytics.analysis.survival.survival import kaplan_meier, survival_summary
from journey_analytics.errors import UsageError

WAITS = pl.DataFrame(
    {"duration": [1, 2, 2, 3], "is_observed": [True, True, False, True], "group": ["a", "a", "b", "b"]}
)


def test_who_is_censored_at_the_time_of_an_event_was_still_at_risk() -> None:
    found = kaplan_meier(WAITS).row(1, named=True)
    assert (found["at_risk_count"], found["observed_count"], found["censored_count"]) == (3, 1, 1)
    assert found["survival_rate"] == pytest.approx(0.75 * 2 / 3)


def test_durations_may_be_spans_of_time() -> None:
    spans = WAITS.with_columns(duration=pl.duration(days=pl.col("duration")))
    found = kaplan_meier(spans)
    assert found["duration"].to_list() == [timedelta(days=1), timedelta(days=2), timedelta(days=3)]
    assert found["survival_rate"].to_list() == kaplan_meier(WAITS)["survival_rate"].to_list()


def test_the_median_is_not_known_while_more_than_half_go_on() -> None:
    young = WAITS.with_columns(is_observed=pl.col("duration") == 1)
    assert survival_summary(kaplan_meier(young))["median"].to_list() == [None]


def test_one_group_in_two_is_no_difference() -> None:
    twice = pl.concat([WAITS.with_columns(group=pl.lit(name)) for name in "ab"])
    found = log_rank(twice)
    assert found.statistic == pytest.approx(0, abs=1e-12)
    assert found.p_value == pytest.approx(1)


def test_what_cannot_be_is_told() -> None:
    with pytest.raises(UsageError, match="no column 'days'"):
        kaplan_meier(WAITS, duration="days")
    with pytest.raises(UsageError, match="no column 'cause'"):
        cumulative_incidence(WAITS)
    with pytest.raises(UsageError, match="no two groups"):
        log_rank(WAITS.head(2))
