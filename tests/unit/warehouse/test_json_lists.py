"""Lists of keys and values become objects, exactly; what is no such list stays as it is."""

import json

import polars as pl
import pytest

from journey_analytics.warehouse.connection import opened
from journey_analytics.warehouse.json_lists import open_lists
from journey_analytics.warehouse.json_rows import read_fields


def opened_row(row: str) -> str:
    """The row as its properties say it, with what takes the place of its lists."""
    with opened() as connection:
        frame = pl.DataFrame({"row": [row]})
        instead = open_lists(connection, frame, ("pairs", "more"), {"items": "id"})
        return read_fields(connection, frame, {}, [], opened=instead)["properties"][0]


def pair(key: str, **value: object) -> dict[str, object]:
    return {"key": key, "value": value}


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([pair("b", string_value='x"y\\'), pair("a", int_value="9223372036854775807")], '{"a":9223372036854775807,"b":"x\\"y\\\\"}'),
        ([pair("a", int_value=2**53 + 1), pair("b", int_value=None, double_value=60)], '{"a":9007199254740993,"b":60.0}'),
        ([pair("a", string_value="1"), pair("b", int_value="1")], '{"a":"1","b":1}'),
        ([pair("a", double_value="NaN"), pair("b", double_value="-Infinity")], '{"a":"NaN","b":"-Infinity"}'),
        ([pair("a", int_value="many")], '{"a":"many"}'),
        ([pair("a", string_value="2"), pair("a", string_value="1")], '{"a":"1"}'),
        ([pair("é\u2028", string_value="")], '{"é\u2028":""}'),
        ({"list": [{"element": pair("a", int_value=1)}]}, '{"a":1}'),
        ({"a": 1}, '{"a":1}'),
        ([1, 2], "[1,2]"),
        ([pair("a", int_value=1), {"value": {"int_value": 1}}], '[{"key":"a","value":{"int_value":1}},{"value":{"int_value":1}}]'),
        ("text", '"text"'),
    ],
)  # fmt: skip
def test_pairs(pairs: object, found: str) -> None:
    row = opened_row(json.dumps({"pairs": pairs, "z": 1}, ensure_ascii=False))
    assert json.loads(row) == {"z": 1, "pairs": json.loads(found)}


def test_what_says_nothing_goes() -> None:
    assert opened_row('{"pairs": [], "more": [{"key": "a", "value": {}}], "items": []}') == '{"more":{"a":null}}'
    assert opened_row('{"z": 1}') == '{"z":1}'


@pytest.mark.parametrize(
    "items", ['[{"id": "7", "x": 1}, {"id": null}, {"id": 8}]', '{"list": [{"element": {"id": 7}}, {"element": {"id": "8"}}]}']
)  # fmt: skip
def test_one_text_of_each_object_is_kept(items: str) -> None:
    assert opened_row(f'{{"items": {items}}}') == '{"items":["7","8"]}'
