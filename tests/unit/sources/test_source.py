import pytest

from journey_analytics.sources.source import Shape


def test_a_field_cannot_take_the_name_of_a_column_of_the_reader() -> None:
    with pytest.raises(ValueError, match="shape 'x': a field cannot be called 'reason'"):
        Shape("x", {"reason": "reason"}, lambda rows: rows)
