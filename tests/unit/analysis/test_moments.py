import polars as pl

from journey_analytics.analysis.moments import moments_of


def test_events_of_one_entity_and_time_are_one_moment() -> None:
    at = [1, 1, 1, 2, 1]
    events = pl.DataFrame({"who": [7, 7, 7, 7, 8], "at": at, "what": list("aabac")}).cast({"at": pl.Datetime("us")})
    found = moments_of(events, ["a", "b"], entity="who", time="at", event="what")
    assert found.entities_count == 1
    assert found.at.tolist() == [1, 2]
    assert (found.of_name["a"].moment.tolist(), found.of_name["a"].count.tolist()) == ([0, 1], [2, 1])
    assert (found.of_name["b"].moment.tolist(), found.of_name["b"].count.tolist()) == ([0], [1])
