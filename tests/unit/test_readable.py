import pytest

from journey_analytics import readable


@pytest.mark.parametrize(
    ("rate", "shown"), [(None, "–"), (0, "0%"), (0.0004, "0.0%"), (0.042, "4.2%"), (0.42, "42%"), (1, "100%")]
)
def test_a_rate_has_a_decimal_where_it_is_small(rate: float | None, shown: str) -> None:
    assert readable.percent(rate) == shown


def test_differences_carry_their_sign() -> None:
    assert [readable.points(0.034), readable.points(-0.034)] == ["+3.4 pp", "\N{MINUS SIGN}3.4 pp"]
    assert readable.count(-1234.4) == "\N{MINUS SIGN}1,234"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "–"), (59, "59 s"), (60, "1.0 min"), (5_400, "1.5 h"), (129_600, "1.5 d")]
)
def test_durations_stand_in_their_largest_unit(seconds: float | None, shown: str) -> None:
    assert readable.duration(seconds) == shown


def test_channels_of_ones_own_keep_their_name() -> None:
    assert readable.channel_name("push") == "push"
    assert readable.channel_name(None) == "unknown"


def test_one_is_not_many() -> None:
    assert [readable.plural(1, "customer"), readable.plural(0, "customer")] == ["1 customer", "0 customers"]
    assert readable.plural(1_000, "journey") == "1,000 journeys"
