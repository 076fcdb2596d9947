import json
from typing import Any

import duckdb
import polars as pl

from journey_analytics.sources.lines import DOCUMENT_SCHEMA
from journey_analytics.warehouse.json_rows import RowPattern, read_fields, unfold


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
    patterns = (RowPattern("page", ("id",), "items"), RowPattern("hook", ("id",), "data"))
    assert unfolded({"items": [{"id": 1}, {"id": 2}], "next": "x"}, *patterns) == [
        ("page", {"id": 1}, None),
        ("page", {"id": 2}, None),
    ]
    assert unfolded({"signature": "s", "data": {"id": 3}}, *patterns) == [("hook", {"id": 3}, None)]
    assert unfolded({"id": 4}, *patterns) == [("page", {"id": 4}, None)]


def test_a_row_whose_nested_rows_are_no_array_is_refused_not_lost() -> None:
    pattern = RowPattern("activity", ("activity",), "", ("activity",))
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
