import polars as pl

from journey_analytics.sources.source import Shape
from journey_analytics.steps.larger_batches import in_larger_batches
from journey_analytics.steps.reading import ReadRows

EVENT, COST = (Shape(name, {}, lambda rows: rows) for name in ("event", "cost"))


def batch(shape: Shape | None, accepted: range, refused: range = range(0)) -> ReadRows:
    return ReadRows(shape, pl.DataFrame({"line": accepted}), pl.DataFrame({"line": refused}, schema={"line": pl.Int64}))


def told(batches: list[ReadRows], rows: int) -> list[tuple[str | None, list[int], list[int]]]:
    return [
        (one.shape and one.shape.name, one.accepted["line"].to_list(), one.refused["line"].to_list())
        for one in in_larger_batches(batches, rows)
    ]


def test_rows_of_one_shape_wait_until_there_are_enough() -> None:
    batches = [
        batch(EVENT, range(2)),
        batch(COST, range(1)),
        batch(EVENT, range(2, 3), range(3, 5)),
        batch(EVENT, range(5, 6)),
    ]
    assert told(batches, 5) == [("event", [0, 1, 2], [3, 4]), ("event", [5], []), ("cost", [0], [])]


def test_rows_of_no_shape_are_told_as_well() -> None:
    assert told([batch(None, range(0), range(2)), batch(None, range(0), range(2, 3))], 9) == [(None, [], [0, 1, 2])]
    assert told([], 9) == []
