from collections.abc import Generator

import pytest

from journey_analytics.sources.read_ahead import read_ahead


class Items:
    """Numbers from 0, and whether whoever makes them has come to an end."""

    def __init__(self, count: int, failure: Exception | None = None) -> None:
        self.count, self.failure, self.is_closed = count, failure, False

    def numbers(self) -> Generator[int]:
        """The numbers, then the failure, if there is one."""
        try:
            yield from range(self.count)
            if self.failure:
                raise self.failure
        finally:
            self.is_closed = True


def test_items_come_in_their_order() -> None:
    items = Items(100)
    assert list(read_ahead(items.numbers())) == list(range(100))
    assert items.is_closed


def test_a_failure_comes_where_its_item_would_have_come() -> None:
    items = read_ahead(Items(3, OSError("gone")).numbers())
    assert [next(items) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(OSError, match="gone"):
        next(items)


def test_who_stops_early_leaves_nothing_open() -> None:
    items = Items(100)
    some = read_ahead(items.numbers())
    assert next(some) == 0
    some.close()
    assert items.is_closed


def test_nothing_is_nothing() -> None:
    assert list(read_ahead(Items(0).numbers())) == []
