import polars as pl

from journey_analytics.transform.customer_groups import customer_groups


def grouped(*moves: tuple[int, int]) -> dict[int, int]:
    schema = {"customer_before": pl.UInt64, "customer_now": pl.UInt64}
    return dict(customer_groups(pl.DataFrame(moves, schema=schema, orient="row")).rows())


def test_customers_between_whom_events_moved_are_one_group() -> None:
    assert grouped((7, 3), (9, 8)) == {3: 3, 7: 3, 8: 8, 9: 8}


def test_a_group_reaches_through_others() -> None:
    assert grouped((7, 3), (3, 9), (9, 2)) == {2: 2, 3: 2, 7: 2, 9: 2}


def test_without_moves_there_is_no_group() -> None:
    assert grouped() == {}


def test_keys_of_64_bits_stay_whole() -> None:
    largest = 2**64 - 1
    assert grouped((largest, largest - 1)) == {largest: largest - 1, largest - 1: largest - 1}
