"""One parse finds what each path alone would find."""

import json
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.warehouse.connection import registered
from journey_analytics.warehouse.json_paths import Path, json_pointer
from journey_analytics.warehouse.parsed_json import ParsedJson
from journey_analytics.warehouse.unfolding import MalformedJson, RowPattern, malformed_told, unfold

CONNECTION = duckdb.connect()
KEYS = st.sampled_from(["a", "A", "b", "0", "it's", "x.y", "é"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["", "null", "text", '"', "{}", 0.1, 1e15])),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
PATHS = st.lists(st.lists(KEYS, min_size=1, max_size=3).map(tuple), max_size=6, unique=True)


def found(rows: list[str], texts: list[Path], whole: list[Path]) -> pl.DataFrame:
    """What one query finds: a column per path, the texts first."""
    values = ParsedJson()
    values.read("row", texts, whole)
    columns = [*(values.texts[path] for path in texts), *(f"nullif({values.whole[path]}, 'null')" for path in whole)]
    named = ", ".join(f"{column} as c{place}" for place, column in enumerate(columns))
    with registered(CONNECTION, json_rows=pl.DataFrame({"row": rows})):
        return CONNECTION.sql(f"select {named} from {values.selected_from('json_rows')}", params=values.parameters).pl()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=3), PATHS, PATHS)
def test_many_paths_are_found_as_each_alone(rows: list[dict[str, Any]], texts: list[Path], whole: list[Path]) -> None:
    documents = [json.dumps(row) for row in rows]
    if not texts and not whole:
        return
    together = found(documents, texts, whole)
    for place, path in enumerate([*texts, *whole]):
        function = "json_extract_string" if place < len(texts) else "json_extract"
        with registered(CONNECTION, json_rows=pl.DataFrame({"row": documents})):
            alone = CONNECTION.sql(
                f"select nullif({function}(row, $path)::varchar, 'null') as c from json_rows",
                params={"path": json_pointer(path)},
            ).pl()
        assert together.to_series(place).replace("null", None).to_list() == alone["c"].to_list(), path


def test_values_inside_what_is_wanted_whole_are_found_too() -> None:
    row = '{"p":{"u":"x","deep":{"n":1}},"list":[{"id":7}]}'
    read = found([row], [("p", "u"), ("p", "deep", "n"), ("list", "0", "id")], [("p",), ("p", "deep")])
    assert read.row(0) == ("x", "1", "7", '{"u":"x","deep":{"n":1}}', '{"n":1}')


@pytest.mark.parametrize("bad", ['{"a":1} x', '{"a":}', "{", '{"a":"\\ud800"}'])
def test_trust_ends_at_the_first_text_that_is_no_json(bad: str) -> None:
    documents = pl.DataFrame({"line": [1, 2], "raw": ['{"a":1}', bad], "document": ['{"a":1}', bad]}).with_columns(
        rule=pl.lit(None, pl.String), reason=pl.lit(None, pl.String)
    )
    trusted = unfold(CONNECTION, documents, [RowPattern("row")], trusting=True)
    assert trusted["shape"].to_list() == ["row", "row"]
    with pytest.raises(MalformedJson), malformed_told():
        found(trusted["row"].to_list(), [("a",)], [])
    assert unfold(CONNECTION, documents, [RowPattern("row")])["rule"].to_list() == [None, "json"]


def test_exponents_of_texts_have_two_digits() -> None:
    """Whichever other paths are asked for: a row must not be read otherwise in other company."""
    for others in ([], [("b",)], [("o", "b")]):
        row = found(['{"a": 1e-7, "o": {"a": 1e21}}'], [("a",), ("o", "a"), *others], []).row(0)
        assert row[:2] == ("1e-07", "1e+21")
