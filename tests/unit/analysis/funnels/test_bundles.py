import polars as pl

from journey_analytics.analysis.funnels.bundles import bundles_of, most_served
from journey_analytics.analysis.funnels.moments import moments_of


def test_steps_make_room_for_each_other() -> None:
    assert most_served((0b01, 0b11), 0b11) == 2
    assert most_served((0b11, 0b01), 0b11) == 2
    assert most_served((0b01, 0b01, 0b01), 0b11) == 1
    assert most_served((), 0b11) == 0


def test_many_kinds_of_events_are_told_apart_as_few_are() -> None:
    """With ten kinds that serve ten steps each, their counts do not fit one table."""
    steps = (1 << 10) - 1
    served = [steps - (1 << kind) for kind in range(10)]
    frame = pl.DataFrame(
        {"key": [1] * 11, "at": [*range(10), 9], "served": [*served, served[0]]},
        schema={"key": pl.UInt64, "at": pl.Int64, "served": pl.UInt16},
    )
    found = bundles_of(moments_of(frame), steps)
    contents = [sorted(found.contents[bundle]) for bundle in found.of_moment]
    assert contents == [*([one] for one in served[:9]), sorted([served[9], served[0]])]
