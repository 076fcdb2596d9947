from urllib.parse import parse_qsl, urlencode

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.transform.landing import read_landing
from journey_analytics.vocabulary import CLICK_ID_TYPES

UTM = {
    "utm_source": "campaign_source",
    "utm_medium": "campaign_medium",
    "utm_campaign": "campaign_name",
    "utm_id": "campaign_id",
}
NAMES = st.sampled_from([*UTM, *CLICK_ID_TYPES, "utm_term", "xutm_source", "page", "gclids"])
PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
QUERIES = st.lists(st.tuples(NAMES, PRINTABLE), max_size=8)


def landed(url: str | None, **said: str | None) -> dict[str, str | None]:
    frame = pl.DataFrame({"page_url": [url], **{name: [value] for name, value in said.items()}}).cast(pl.String)
    return read_landing(frame.lazy()).collect().row(0, named=True)


def test_parameters_are_read_without_case_and_decoded_once() -> None:
    row = landed("https://shop.example/?UTM_Source=mail&utm_medium=email&utm_campaign=jarn%C3%AD+sleva%2525#utm_id=9")
    assert row["campaign_source"] == "mail"
    assert row["campaign_medium"] == "email"
    assert row["campaign_name"] == "jarní sleva%25"
    assert row["campaign_id"] is None


def test_the_first_of_repeated_parameters_wins() -> None:
    assert landed("https://s.example/?utm_source=a&utm_source=b")["campaign_source"] == "a"


def test_what_the_row_says_itself_wins() -> None:
    row = landed("https://s.example/?utm_source=a&utm_medium=m", campaign_source="row", campaign_medium="")
    assert (row["campaign_source"], row["campaign_medium"]) == ("row", "m")


@pytest.mark.parametrize("medium", ["", "&utm_medium=organic", "&utm_medium=", "&utm_medium=%20Organic"])
def test_a_google_click_without_a_paid_medium_is_google_cpc(medium: str) -> None:
    row = landed(f"https://s.example/?gclid=G1{medium}")
    assert (row["campaign_source"], row["campaign_medium"], row["click_id"], row["click_id_type"]) == (
        "google",
        "cpc",
        "G1",
        "gclid",
    )


def test_a_facebook_click_alone_does_not_prove_payment() -> None:
    row = landed("https://s.example/?fbclid=F1")
    assert (row["campaign_source"], row["campaign_medium"], row["click_id_type"]) == (None, None, "fbclid")


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "https://s.example/",
        "https://s.example/#utm_source=x",
        "nonsense?",
        "https://s.example/?=&&=x&utm_source",
    ],
)
def test_without_parameters_there_is_no_campaign(url: str | None) -> None:
    row = landed(url)
    assert {value for name, value in row.items() if name != "page_url"} == {None}


@pytest.mark.parametrize(
    "url",
    [
        "https://s.example/#gclid=G1",
        "https://s.example/#/landing?gclid=G1&utm_source=x",
        "https://s.example/#!?utm_source=x",
    ],
)
def test_a_fragment_says_nothing_even_if_it_looks_like_a_query(url: str) -> None:
    row = landed(url)
    assert {value for name, value in row.items() if name != "page_url"} == {None}


def test_a_fragment_with_a_question_mark_ends_the_query() -> None:
    row = landed("https://s.example/?fbclid=F1&utm_source=a#/x?gclid=G1&utm_source=b")
    assert (row["click_id"], row["click_id_type"], row["campaign_source"]) == ("F1", "fbclid", "a")


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("utm_source=&utm_source=b", "b"),
        ("utm_source=a&UTM_SOURCE=b", "a"),
        ("x=1&amp;utm_source=a&amp;utm_medium=m", "a"),
        ("utm%5Fsource=a", "a"),
        ("utm_source=%20a+", "a"),
        ("utm_source=%20+", None),
        ("utm_source=100%", "100%"),
        ("utm_source=%zz%4", "%zz%4"),
        ("utm_source=%FF", "\ufffd"),
        ("utm_source=a%00b%0A", "ab"),
        ("utm_source=a%2Bb+c", "a+b c"),
        ("utm_source=a%26utm_source%3Db", "a&utm_source=b"),
        ("utm_source=a%23b", "a#b"),
        ("utm_source=a=b", "a=b"),
        ("utm_source=a?b", "a?b"),
        ("xutm_source=a", None),
        ("utm_sources=a", None),
    ],
)
def test_badly_made_queries(query: str, source: str | None) -> None:
    for front in ("https://s.example/p", "/p", ""):
        assert landed(f"{front}?{query}")["campaign_source"] == source


def test_a_click_id_keeps_its_case_and_the_type_of_the_place_it_is_from() -> None:
    row = landed("https://s.example/?GCLID=AbC&fbclid=F", click_id="own", click_id_type="ttclid")
    assert (row["click_id"], row["click_id_type"], row["campaign_source"]) == ("own", "ttclid", None)
    assert landed("https://s.example/?gclid=AbC", click_id="own")["click_id_type"] is None
    row = landed("https://s.example/?fbclid=AbC", click_id="", click_id_type="gclid")
    assert (row["click_id"], row["click_id_type"], row["campaign_source"]) == ("AbC", "fbclid", None)


@given(QUERIES)
@settings(max_examples=150, deadline=None)
def test_what_was_encoded_is_read_as_it_was(query: list[tuple[str, str]]) -> None:
    row = landed(f"https://s.example/p?{urlencode(query)}")
    first: dict[str, str] = {}
    for name, value in parse_qsl(urlencode(query)):
        first.setdefault(name, value)
    wanted = {name: (first.get(name) or "").strip() or None for name in (*UTM, *CLICK_ID_TYPES)}
    clicks = [(name, wanted[name]) for name in CLICK_ID_TYPES if wanted[name]]
    assert (row["click_id_type"], row["click_id"]) == (clicks[0] if clicks else (None, None))
    is_google = clicks and clicks[0][0] in {"gclid", "gbraid", "wbraid"}
    if is_google and (wanted["utm_medium"] or "organic").lower() == "organic":
        wanted |= {"utm_source": "google", "utm_medium": "cpc"}
    assert {name: row[column] for name, column in UTM.items()} == {name: wanted[name] for name in UTM}


@given(QUERIES, PRINTABLE, st.booleans())
@settings(max_examples=60, deadline=None)
def test_case_of_names_and_fragments_change_nothing(query: list[tuple[str, str]], fragment: str, upper: bool) -> None:
    cased = [(name.upper() if upper else name.title(), value) for name, value in query]
    plain, other = landed(f"/p?{urlencode(query)}"), landed(f"/p?{urlencode(cased)}#{fragment}?gclid=G&utm_id=1")
    assert plain | {"page_url": None} == other | {"page_url": None}


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: f"?{text}"), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_and_rows_do_not_depend_on_each_other(urls: list[str]) -> None:
    frame = pl.DataFrame({"page_url": [*urls, "/?utm_source=%C5%99&gclid=%"]}, schema={"page_url": pl.String})
    together = read_landing(frame.lazy()).collect()
    assert together.rows() == [tuple(landed(url).values()) for url in frame["page_url"]]
