import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey_analytics.arrays.segments import Segments, carried, changes, latest

FLAGS = st.lists(st.booleans(), max_size=30).map(lambda flags: np.array(flags, dtype=np.bool_))


def slow(starts: np.ndarray) -> list[list[int]]:
    found: list[list[int]] = []
    for row, starts_one in enumerate(starts):
        if starts_one or row == 0:
            found.append([])
        found[-1].append(row)
    return found


@given(FLAGS, st.randoms(use_true_random=False))
def test_segments_equal_slow_ones(starts: np.ndarray, random: object) -> None:
    expected = slow(starts)
    flags = np.array([random.random() < 0.5 for _ in starts], dtype=np.bool_)
    segments = Segments.starting(starts)
    assert segments.first.tolist() == [rows[0] for rows in expected]
    assert segments.last.tolist() == [rows[-1] for rows in expected]
    assert segments.lengths.tolist() == [len(rows) for rows in expected]
    assert segments.numbers().tolist() == [place for rows in expected for place in range(1, len(rows) + 1)]
    assert segments.spread(segments.first).tolist() == [rows[0] for rows in expected for _ in rows]
    assert segments.counts(flags).tolist() == [int(sum(flags[rows])) for rows in expected]


@given(FLAGS, st.data())
def test_since_is_true_from_a_row_on_and_nowhere_if_it_is_the_end(starts: np.ndarray, data: st.DataObject) -> None:
    segments = Segments.starting(starts)
    rows = [
        data.draw(st.integers(first, end))
        for first, end in zip(segments.first.tolist(), segments.end.tolist(), strict=True)
    ]
    found = segments.since(np.array(rows, dtype=np.int64))
    assert found.tolist() == [place >= row for row, own in zip(rows, slow(starts), strict=True) for place in own]


@given(FLAGS)
def test_latest_is_the_last_flagged_row_up_to_each(known: np.ndarray) -> None:
    expected = [max([row for row in range(place + 1) if known[row]], default=-1) for place in range(len(known))]
    assert latest(known).tolist() == expected


@given(FLAGS)
def test_a_value_is_carried_to_the_rows_behind_it_until_the_next_known_one(known: np.ndarray) -> None:
    known[:1] = True
    values = np.arange(100, 100 + len(known))
    before = [max(row for row in range(place + 1) if known[row]) for place in range(len(known))]
    assert carried(values, known).tolist() == [100 + row for row in before]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (([],), []),
        (([7],), [True]),
        (([1, 1, 2, 1],), [True, False, True, True]),
        (([1, 1, 2, 2], [5, 6, 6, 6]), [True, True, True, False]),
    ],
)
def test_a_row_changes_when_any_column_does(columns: tuple[list[int], ...], expected: list[bool]) -> None:
    assert changes(*(np.array(column, dtype=np.int64) for column in columns)).tolist() == expected
