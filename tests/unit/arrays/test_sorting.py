import numpy as np
import pytest

from journey_analytics.arrays.sorting import counted, numbered, rows_by_key


@pytest.mark.parametrize("spread", [1, 2**20, 2**60])
def test_rows_come_by_key_and_equal_keys_as_they_stand(spread: int) -> None:
    """Whether keys differ in the upper bits, in the lower bits only, or in both."""
    key = np.random.default_rng(1).integers(0, 15, size=1000).astype(np.uint64) * np.uint64(spread)
    key += np.random.default_rng(2).integers(0, 2, size=1000).astype(np.uint64)
    assert rows_by_key(key).tolist() == np.argsort(key, kind="stable").tolist()


@pytest.mark.parametrize("spread", [1, 10**6])
def test_different_numbers_are_counted_and_numbered_whether_few_or_far_apart(spread: int) -> None:
    values = np.random.default_rng(3).integers(0, 40, size=300) * spread
    expected, places, count = np.unique(values, return_inverse=True, return_counts=True)
    assert [found.tolist() for found in counted(values)] == [expected.tolist(), count.tolist()]
    assert [found.tolist() for found in numbered(values)] == [expected.tolist(), places.tolist()]


def test_numbers_below_zero_are_counted_too() -> None:
    assert [found.tolist() for found in counted(np.array([2, -1, 2]))] == [[-1, 2], [1, 2]]
