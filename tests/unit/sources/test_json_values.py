import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey_analytics.sources.documents import read_documents
from journey_analytics.sources.json_values import JsonText
from journey_analytics.warehouse.connection import opened
from journey_analytics.warehouse.unfolding import RowPattern, unfold
from tests.unit.sources.files import rows, write


def found(tmp_path: Path, content: str | bytes) -> list[tuple[int, object]]:
    """Line and ``a`` of every value of a .json file; the rule of those that are none."""
    path = write(tmp_path, "x.json", content.encode() if isinstance(content, str) else content)
    with opened() as connection:
        unfolded = [unfold(connection, batch.documents, [RowPattern("row")]) for batch in read_documents(path)]
    rows = [row for batch in unfolded for row in batch.select("line", "row", "rule").iter_rows()]
    return [(line, rule or json.loads(row)["a"]) for line, row, rule in rows]


@pytest.mark.parametrize(
    "content",
    [
        '{"a":1}\n{"a":2}\n{"a":3}',
        '\n\n{"a":1}\n\n{"a":2}\r\n{"a":3}\n\n',
        '[{"a":1},{"a":2},{"a":3}]',
        '[{"a":1},{"a":2},{"a":3},]',
        '[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  },\n  {\n    "a": 3\n  }\n]\n',
        '\n[{\n  "a": 1\n}, {\n  "a": 2\n}, {\n  "a": 3\n}]\n',
        '[{"a":1}]\n[{"a":2},{"a":3}]\n',
        '[{"a":1}][{"a":2}],[],[{"a":3}]',
        '{"a":1}{"a":2} {"a":3}',
        '{"a":1},\n{"a":2},\n{"a":3},\n',
        '{\n"a":\n1}\n[{"a":2},\n{"a":3}]',
        '[{"a":1,"b":"}]\\",[{"},{"a":2,"b":{"c":[{},[]]}},{"a":3}]',
    ],
)
def test_values_are_found_in_any_layout(tmp_path: Path, content: str) -> None:
    assert [value for _, value in found(tmp_path, content)] == [1, 2, 3]


@pytest.mark.parametrize(
    "bad",
    [
        '{"a": 2,', '{"a": 2, "b": ', '{"a": "2}', '{"a": [2}', '{"a": {"b": 2}', '{"a": 2]}', '{"a" "b": 2}', '{"a": 2"}',
        'null"', '{"a": [[2, {"b": ]}', "}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("layout", ["{}\n{}\n{}\n{}\n", "[\n{},\n{},\n{},\n{}\n]\n", "[\n {}\n ,{}\n ,{}\n ,{}\n]"])
def test_a_broken_line_costs_itself(tmp_path: Path, bad: str, layout: str) -> None:
    lines = ['{"a": 1}', bad, '{"a": {"b": 3}}', '{"a": 4}']
    content = layout.replace("{}", "{{}}").replace("{{}}", "%s") % tuple(lines)
    values = found(tmp_path, content)
    assert [value for _, value in values if value != "json"] == [1, {"b": 3}, 4]
    assert "json" in [value for _, value in values]


@pytest.mark.parametrize(
    "bad",
    ['"b": tru",', '"b": {', '"b": [', '"b": ]', '"b": "', '"b": {"c": 1},,\n    {"d": 1}'],
)
@pytest.mark.parametrize("between", ["\n  },\n  {", "\n  }, {"])
def test_a_broken_value_over_several_lines_costs_itself(tmp_path: Path, bad: str, between: str) -> None:
    good = '"b": {"c": [{}]}'
    values = [f'\n    "a": {number},\n    {bad if number == 2 else good}' for number in range(1, 5)]
    content = "[\n  {" + between.join(values) + "\n  }\n]\n"
    assert [value for _, value in found(tmp_path, content)] == [1, "json", 3, 4]


@pytest.mark.parametrize("bad", ['{"a": 2, {"a": 3}', '{"a": "2}, {"a": 3}', '{"a": 2"}, {"a": 3}'])
def test_a_broken_value_among_others_on_a_line_costs_itself(tmp_path: Path, bad: str) -> None:
    assert found(tmp_path, f'[{{"a": 1}}, {bad}, {{"a": 4}}]') == [(1, 1), (1, "json"), (1, 3), (1, 4)]


def test_what_cannot_be_told_apart_is_counted_and_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "x.json", b'[\n {"a": 1},\n {"a": "2\n')
    last = [batch.documents for batch in read_documents(path)][-1].row(-1, named=True)
    assert (last["line"], last["raw"], last["rule"]) == (3, '{"a": "2', "json")
    assert "not valid JSON" in last["reason"]


def test_an_array_that_is_not_closed_is_told(tmp_path: Path) -> None:
    assert found(tmp_path, '[\n{"a":1},\n{"a":2}\n') == [(2, 1), (3, 2), (4, "json")]


def test_a_broken_character_costs_its_value(tmp_path: Path) -> None:
    assert found(tmp_path, b'[\n {\n "a": 1},\n {\n "a": "\xff"},\n {"a": 3}\n]') == [(2, 1), (4, "encoding"), (6, 3)]


def test_values_may_be_nested_deeply(tmp_path: Path) -> None:
    deep = '{"a":' + "[" * 1_100 + "]" * 1_100 + "}"
    path = write(tmp_path, "x.json", f'[{deep},\n{"{"}"a":{"[" * 20_000}\n{"{"}"a":3}}]'.encode())
    assert [(line, rule) for line, _, rule in rows(path)] == [(1, None), (2, "json"), (3, None)]


def test_rows_of_one_line_are_told_apart(tmp_path: Path) -> None:
    path = write(tmp_path, "x.json", b'[{"a":1},nonsense,{"a":2},3]\n[{"a":3},\n{"a":4}]')
    with opened() as connection:
        unfolded = [
            unfold(connection, batch.documents, [RowPattern("row")]).select("line", "item", "raw", "rule").rows()
            for batch in read_documents(path)
        ]
    assert [row for batch in unfolded for row in batch] == [
        (1, 1, '{"a":1}', None),
        (1, 2, "nonsense", "json"),
        (1, 3, '{"a":2}', None),
        (1, 4, "3", "json"),
        (2, 1, '{"a":3}', None),
        (3, 1, '{"a":4}', None),
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.text(max_size=3), _JSON, max_size=4), max_size=5), st.sampled_from([None, 0, 1, 2]))
def test_what_a_json_writer_writes_comes_back_whatever_the_blocks(table: list[object], indent: int | None) -> None:
    text = json.dumps(table, indent=indent, ensure_ascii=False)
    for blocks in ([text], text.splitlines(keepends=True) if "\x85" not in text else [text]):
        reader = JsonText()
        values = [value for block in blocks for value in reader.read(block.encode())] + reader.rest()
        assert [json.loads(value.text) for value in values] == table
        assert all(value.problem is None for value in values)


@given(st.text(st.sampled_from('[]{}",:a1\n \\'), max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    """Whatever stands between brackets, white space and commas is in some value, in order."""
    reader = JsonText()
    lines = text.encode().splitlines(keepends=True)
    values = [value for block in lines for value in reader.read(block)] + reader.rest()
    kept = "".join(value.text.decode() for value in values if "is not closed" not in (value.problem or ""))
    assert [sign for sign in kept if sign in '"{}:a1\\'] == [sign for sign in text if sign in '"{}:a1\\']
    assert [value.line for value in values] == sorted(value.line for value in values)


def test_an_array_per_line_with_a_broken_value_costs_no_other_line(tmp_path: Path) -> None:
    """As streams of search results stand in a file: the lines hold arrays of objects with arrays of objects."""
    good = '[{"a":1,"r":[{"x":1},{"x":2}],"m":"k"}]'
    content = "\n".join([good, good.replace('"r":', '"r" '), good, good])
    assert found(tmp_path, content) == [(1, 1), (2, "json"), (3, 1), (4, 1)]
