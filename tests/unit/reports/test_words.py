from journey_analytics.reports import words


def test_a_rate_beside_an_interval_has_a_decimal_always() -> None:
    assert words.rate_with_interval(50, 100) == "50.0% (40.4–59.6%)"
    assert words.rate_with_interval(0, 0) == "–"


def test_names_from_data_are_no_html() -> None:
    assert words.plain("<b>R&D</b>") == "&lt;b&gt;R&amp;D&lt;/b&gt;"
