import polars as pl

from journey_analytics.analysis.funnels.moments import moments_of


def test_events_of_one_track_and_time_are_one_moment() -> None:
    rows = {"key": [7, 7, 7, 7, 8, 7], "at": [1, 1, 1, 1, 1, 2], "served": [1, 1, 2, 0, 0, 1]}
    found = moments_of(pl.DataFrame(rows, schema={"key": pl.UInt64, "at": pl.Int64, "served": pl.UInt8}))
    assert found.tracks_count == 2
    assert found.at[:-1].tolist() == [1, 2, 1]
    assert found.track.tolist() == [0, 0, 1, -1]
    assert [(kind.served, kind.moment.tolist(), kind.count.tolist()) for kind in found.kinds] == [
        (1, [0, 1], [2, 1]),
        (2, [0], [1]),
    ]
    assert found.with_any(3).tolist() == [True, True, False]
