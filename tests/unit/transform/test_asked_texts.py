import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.stage_model import NumberCondition, TextCondition
from journey_analytics.stage_model.comparisons import Comparison
from journey_analytics.transform.asked_texts import asked_texts, literals_of
from journey_analytics.transform.patterns import has_any, path_matches, text_matches

ADDRESSES = st.lists(
    st.tuples(st.sampled_from(("https://a.b", "")), st.text(alphabet="ab/.", max_size=8), st.sampled_from(("", "?a/b"))),
    min_size=1, max_size=6,
)  # fmt: skip
PATTERNS = st.lists(st.text(alphabet="ab/.*", min_size=1, max_size=6), min_size=1, max_size=3)


@settings(max_examples=500, deadline=None)
@given(ADDRESSES, PATTERNS)
def test_an_address_without_any_literal_part_meets_no_condition(
    parts: list[tuple[str, str, str]], patterns: list[str]
) -> None:
    addresses = pl.Series([f"{host}/{path}{rest}" for host, path, rest in parts])
    paths = [f"/{one.strip('/')}" if one[0] != "*" else one.rstrip("/") for one in patterns]
    for field, written, matches in (("page_url", patterns, text_matches), ("page_path", paths, path_matches)):
        literals = literals_of(TextCondition(field, tuple(written)))
        if literals:
            held = matches(addresses, written).fill_null(value=False).to_numpy()
            assert not (held & ~has_any(addresses, literals)).any()


def test_addresses_are_asked_for_the_literal_parts_of_all_conditions() -> None:
    asked = asked_texts(
        [
            TextCondition("page_path", ("*/help/*", "/docs")),
            TextCondition("page_url", ("*/plans*",)),
            TextCondition("referrer", ("*search*",)),
            TextCondition("channel", ("web",)),
            NumberCondition("value", Comparison(">", 1.0)),
        ]
    )
    assert asked.coded == {"channel"}
    assert asked.literals == {"page_url": {"/help/", "/docs", "/plans"}, "referrer": {"search"}}


@pytest.mark.parametrize("patterns", [("*",), ("/",), ("*/help", "/*")])
def test_a_pattern_that_could_be_anywhere_has_no_literal_part(patterns: tuple[str, ...]) -> None:
    condition = TextCondition("page_path", patterns)
    assert literals_of(condition) == frozenset()
    assert asked_texts([condition]).literals == {}
