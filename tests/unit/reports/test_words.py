import pytest

from journey_analytics.reports import words


@pytest.mark.parametrize(
    ("rate", "shown"), [(None, "–"), (0, "0%"), (0.0004, "0.0%"), (0.042, "4.2%"), (0.42, "42%"), (1, "100%")]
)
def test_a_rate_has_a_decimal_where_it_is_small(rate: float | None, shown: str) -> None:
    assert words.percent(rate) == shown


def test_a_rate_beside_an_interval_has_a_decimal_always() -> None:
    assert words.rate_with_interval(50, 100) == "50.0% (40.4–59.6%)"
    assert words.rate_with_interval(0, 0) == "–"


def test_differences_carry_their_sign() -> None:
    assert [words.points(0.034), words.points(-0.034)] == ["+3.4 pp", "\N{MINUS SIGN}3.4 pp"]
    assert words.count(-1234.4) == "\N{MINUS SIGN}1,234"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "–"), (59, "59 s"), (60, "1.0 min"), (5_400, "1.5 h"), (129_600, "1.5 d")]
)
def test_durations_stand_in_their_largest_unit(seconds: float | None, shown: str) -> None:
    assert words.duration(seconds) == shown


def test_names_from_data_are_no_html() -> None:
    assert words.plain("<b>R&D</b>") == "&lt;b&gt;R&amp;D&lt;/b&gt;"
    assert words.channel_name("push") == "push"
    assert words.channel_name(None) == "unknown"


def test_one_is_not_many() -> None:
    assert [words.plural(1, "customer"), words.plural(0, "customer")] == ["1 customer", "0 customers"]
    assert words.plural(1_000, "journey") == "1,000 journeys"
