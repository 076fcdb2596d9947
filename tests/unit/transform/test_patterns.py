import re

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.transform.patterns import path_matches, text_matches

PARTS = st.text(alphabet="a/.*", min_size=0, max_size=6)
PATTERNS = st.lists(PARTS.filter(bool), min_size=1, max_size=3)
PATHS = st.lists(
    PARTS.map(lambda part: f"/{part}").filter(lambda path: path == "/" or path[-1] != "/"), min_size=1, max_size=3
)
HOSTS = st.sampled_from(("https://a.a", "http://a", "", "android-app://a.a.a"))
BELOW = st.text(alphabet="a/.", max_size=6)
REST = st.sampled_from(("", "?a=/a", "#/a", "?", "/", "//?/a/"))


def is_glob(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


@settings(max_examples=500, deadline=None)
@given(st.lists(st.text(alphabet="a/.*\n+", max_size=6), min_size=1, max_size=5), PATTERNS)
def test_texts_are_compared_as_a_whole(texts: list[str], patterns: list[str]) -> None:
    found = text_matches(pl.Series([*texts, None], dtype=pl.String), patterns).fill_null(value=False).to_list()
    assert found == [*(any(is_glob(pattern, text) for pattern in patterns) for text in texts), False]


@settings(max_examples=1500, deadline=None)
@given(
    st.lists(st.tuples(HOSTS, BELOW, REST), min_size=1, max_size=5),
    PATHS | PATHS.map(lambda all_: [f"*{one}" for one in all_ if one != "/"] or ["*"]),
)
def test_paths_are_what_stands_between_host_and_question_mark(
    pages: list[tuple[str, str, str]], patterns: list[str]
) -> None:
    addresses = [f"{host}/{path}{rest}" for host, path, rest in pages if host or not path.startswith("/")]
    paths = [
        re.split("[?#]", f"/{path}{rest}")[0].rstrip("/") or "/"
        for host, path, rest in pages
        if host or not path.startswith("/")
    ]
    found = path_matches(pl.Series([*addresses, None], dtype=pl.String), patterns).fill_null(value=False).to_list()
    assert found == [*(any(is_glob(pattern, path) for pattern in patterns) for path in paths), False]


def test_a_host_alone_is_the_start_page() -> None:
    pages = pl.Series(["https://a.example", "https://a.example?x", "https://a.example/x"])
    assert path_matches(pages, ["/"]).to_list() == [True, True, False]
    assert path_matches(pages, ["*example"]).to_list() == [False, False, False]
