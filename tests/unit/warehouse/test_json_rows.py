import json
from typing import Any

import duckdb
import polars as pl
import pytest

from journey_analytics.sources.lines import DOCUMENT_SCHEMA
from journey_analytics.warehouse.embedded_json import open_texts
from journey_analytics.warehouse.json_paths import path_of
from journey_analytics.warehouse.json_rows import read_fields
from journey_analytics.warehouse.unfolding import RowPattern, unfold

CONNECTION = duckdb.connect()


@pytest.mark.parametrize(
    ("row", "opened", "unopened"),
    [
        ('{"p":"{\\"a\\":9007199254740993}","q":1}', '{"q":1,"p":{"a":9007199254740993}}', None),
        ('{"p":{"a":1}}', '{"p":{"a":1}}', None),
        ('{"p":""}', '{"p":""}', None),
        ('{"q":123456789012345678901234567890}', '{"q":123456789012345678901234567890}', None),
        ('{"x":{"y":"[1]","z":2}}', '{"x":{"z":2,"y":[1]}}', None),
        ('{"p":"{cut","x":{"y":"12"}}', '{"p":"{cut","x":{"y":"12"}}', "p, x.y"),
    ],
)
def test_json_inside_a_text_is_opened(row: str, opened: str, unopened: str | None) -> None:
    found = open_texts(CONNECTION, pl.DataFrame({"row": [row]}), [("p",), ("x", "y")])
    assert found.select("row", "unopened").row(0) == (opened, unopened)


@pytest.mark.parametrize(
    ("drop", "flatten", "properties"),
    [
        ((), ("p",), '{"new":3,"t":{"u":{"k":1,"e":2}},"b":{"c":2}}'),
        (("t",), ("p", "t.u"), '{"new":3,"b":{"c":2},"k":1,"e":2}'),
        (("t.u.e", "t", "p"), ("t.u",), '{"new":3,"k":1}'),
        (("new.x", "new", "t"), (), '{"p":{"b":{"c":2}}}'),
    ],
)
def test_entries_of_an_object_stand_beside_the_rest(drop: tuple[str, ...], flatten: Any, properties: str) -> None:
    row = '{"p":{"a":1,"b":{"c":2}},"new":3,"t":{"u":{"k":1,"e":2}}}'
    paths = {"a": path_of("p.a")}
    rows = pl.DataFrame({"row": [row]})
    found = read_fields(CONNECTION, rows, paths, [path_of(d) for d in drop], [path_of(f) for f in flatten])
    assert found["properties"].item() == properties


def unfolded(document: Any, *patterns: RowPattern) -> list[tuple[str | None, Any, str | None]]:
    """Shape, row and rule of every row of a document."""
    text = json.dumps(document)
    documents = pl.DataFrame([{"line": 1, "raw": text, "document": text}], schema=DOCUMENT_SCHEMA)
    found = unfold(duckdb.connect(), documents, patterns).select("shape", "row", "rule").rows()
    return [(shape, json.loads(row), rule) for shape, row, rule in found]


def properties(row: Any, fields: dict[str, tuple[str, ...]], drop: list[tuple[str, ...]]) -> Any:
    """What is left of a row beside its fields."""
    frame = pl.DataFrame({"row": [json.dumps(row)]})
    return json.loads(read_fields(duckdb.connect(), frame, fields, drop)["properties"][0])


def test_an_envelope_holds_an_array_of_rows_or_one_row() -> None:
    patterns = (RowPattern("page", ("id",), ("items",)), RowPattern("hook", ("id",), ("data",)))
    assert unfolded({"items": [{"id": 1}, {"id": 2}], "next": "x"}, *patterns) == [
        ("page", {"id": 1}, None),
        ("page", {"id": 2}, None),
    ]
    assert unfolded({"signature": "s", "data": {"id": 3}}, *patterns) == [("hook", {"id": 3}, None)]
    assert unfolded({"id": 4}, *patterns) == [("page", {"id": 4}, None)]


def test_a_row_whose_nested_rows_are_no_array_is_refused_not_lost() -> None:
    pattern = RowPattern("activity", ("activity",), (), ("activity",))
    assert unfolded({"activity": {"action": "open"}}, pattern) == [(None, {"activity": {"action": "open"}}, "shape")]
    assert unfolded({"activity": [{"action": "open"}], "who": 1}, pattern) == [
        ("activity", {"parent": {"who": 1}, "child": {"action": "open"}}, None)
    ]


def test_what_is_no_object_keeps_its_value_where_a_field_or_a_dropped_path_would_lie_below_it() -> None:
    fields, drop = {"user": ("variables", "user")}, [("ip",), ("message", "subject")]
    assert properties({"variables": [1], "message": "text", "ip": "x"}, fields, drop) == {
        "variables": [1],
        "message": "text",
    }
    assert properties({"a": 1}, fields, drop) == {"a": 1}
    assert properties({"variables": {"user": 1, "b": 2}, "message": {"subject": "s"}}, fields, drop) == {
        "variables": {"b": 2},
        "message": {},
    }


def test_a_field_read_as_json_tells_a_text_from_an_object() -> None:
    rows = pl.DataFrame({"row": ['{"p":{"a":1}}', '{"p":"{}"}', '{"p":""}', '{"p":null}', "{}"]})
    found = read_fields(CONNECTION, rows, {"p": ("p",)}, None, nested=["p"])
    assert found["p"].to_list() == ['{"a":1}', '"{}"', None, None, None]
    assert found["nested"].null_count() == 5


def test_objects_and_lists_in_fields_of_text_are_named() -> None:
    rows = pl.DataFrame({"row": ['{"a":{"x":1},"b":[1]}', '{"a":"{x","b":"[1]"}', '{"a":"{x","b":[]}', '{"a":1}']})
    found = read_fields(CONNECTION, rows, {"a": ("a",), "b": ("b",)}, [])
    assert found["nested"].to_list() == ["a, b", None, "b", None]


def test_what_takes_the_place_of_a_key_is_read_and_kept_in_its_place() -> None:
    row = '{"p":[1],"q":[2],"r":[3],"z":1}'
    opened = pl.DataFrame({"p": ['{"a":7,"b":8}', None], "q": ['{"c":9,"d":4}', None], "r": ["null", None]})
    fields = {"a": ("p", "a"), "c": ("q", "c"), "p": ("p",)}
    found = read_fields(
        CONNECTION, pl.DataFrame({"row": [row, row]}), fields, [], [("p",)], nested=["p"], opened=opened
    )
    assert found.select("a", "c", "p", "properties").rows() == [
        ("7", "9", '{"a":7,"b":8}', '{"z":1,"q":{"d":4},"b":8}'),
        (None, None, "[1]", '{"z":1,"q":[2],"r":[3]}'),
    ]


TALK = RowPattern("talk", ("source",), ("talks",))
PART = RowPattern("part", ("parts",), ("talks",), ("parts",), beside=True)
RATING = RowPattern("rating", ("rating",), ("talks",), beside=True)


def numbered(document: str, *patterns: RowPattern) -> list[tuple[int, str | None, str | None]]:
    """Item, shape and rule of each row of a document."""
    return [(index, shape, rule) for index, (shape, _, rule) in enumerate(unfolded(json.loads(document), *patterns), 1)]


def test_an_object_is_also_a_row_of_every_shape_beside() -> None:
    document = '{"talks":[{"source":1,"parts":[{"id":1},{"id":2}],"rating":{"r":5}},{"source":2,"parts":[]}]}'
    assert numbered(document, TALK, PART, RATING) == [
        (1, "talk", None),
        (2, "part", None),
        (3, "part", None),
        (4, "rating", None),
        (5, "talk", None),
    ]


def test_a_shape_beside_stands_alone_where_no_other_fits() -> None:
    assert numbered('{"rating":5}', TALK, PART, RATING) == [(1, "rating", None)]


def test_without_a_shape_beside_the_first_that_fits_takes_the_object() -> None:
    other = RowPattern("other", ("rating",), ("talks",))
    assert numbered('{"source":1,"rating":5}', TALK, other) == [(1, "talk", None)]


def test_an_object_whose_nested_rows_are_no_list_is_rejected_not_lost() -> None:
    audit = RowPattern("audit", ("parts",), (), ("parts",))
    assert numbered('{"parts":{"id":1}}', audit) == [(1, None, "shape")]
