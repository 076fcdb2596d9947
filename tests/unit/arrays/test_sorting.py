import numpy as np
import pytest

from journey_analytics.arrays.sorting import rows_by_key


@pytest.mark.parametrize("spread", [1, 2**20, 2**60])
def test_rows_come_by_key_and_equal_keys_as_they_stand(spread: int) -> None:
    """Whether keys differ in the upper bits, in the lower bits only, or in both."""
    key = np.random.default_rng(1).integers(0, 15, size=1000).astype(np.uint64) * np.uint64(spread)
    key += np.random.default_rng(2).integers(0, 2, size=1000).astype(np.uint64)
    assert rows_by_key(key).tolist() == np.argsort(key, kind="stable").tolist()
