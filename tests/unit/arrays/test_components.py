import numpy as np

from journey_analytics.arrays.components import components


def test_what_is_linked_through_others_has_one_number_and_what_is_not_another() -> None:
    found = components(6, np.array([0, 4, 2]), np.array([2, 3, 5]))
    assert found[0] == found[2] == found[5]
    assert found[3] == found[4]
    assert len({int(number) for number in found}) == 3


def test_nothing_hangs_together_with_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert components(0, none, none).tolist() == []
