from typing import Any

import duckdb
import polars as pl
import pytest

from journey_analytics.warehouse.embedded_json import open_texts
from journey_analytics.warehouse.json_rows import path_of, read_fields

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
