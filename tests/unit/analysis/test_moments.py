import numpy as np
import polars as pl
import pytest

from journey_analytics.analysis.moments import moments_of, rows_by_key


@pytest.mark.parametrize("spread", [1, 2**20, 2**60])
def test_rows_come_by_key_and_equal_keys_as_they_stand(spread: int) -> None:
    """Whether keys differ in the upper bits, in the lower bits only, or in both."""
    key = np.random.default_rng(1).integers(0, 15, size=1000).astype(np.uint64) * np.uint64(spread)
    key += np.random.default_rng(2).integers(0, 2, size=1000).astype(np.uint64)
    assert rows_by_key(key).tolist() == np.argsort(key, kind="stable").tolist()


def test_events_of_one_entity_and_time_are_one_moment() -> None:
    at = [1, 1, 1, 2, 1]
    events = pl.DataFrame({"who": [7, 7, 7, 7, 8], "at": at, "what": list("aabac")}).cast({"at": pl.Datetime("us")})
    found = moments_of(events, ["a", "b"], entity="who", time="at", event="what")
    assert found.entities_count == 1
    assert found.at.tolist() == [1, 2]
    assert (found.of_name["a"].moment.tolist(), found.of_name["a"].count.tolist()) == ([0, 1], [2, 1])
    assert (found.of_name["b"].moment.tolist(), found.of_name["b"].count.tolist()) == ([0], [1])
