import gzip
import json
from pathlib import Path

import polars as pl
import pytest
import zstandard

from journey_analytics.errors import SourceFailure
from journey_analytics.sources.documents import Layout, read_documents
from journey_analytics.sources.files import blocks, data_suffix


def rows(path: Path) -> list[tuple[int, str | None, str | None]]:
    """Line, document and rule of every row of a file."""
    frames = [batch.documents for batch in read_documents(path)]
    return [row for frame in frames for row in frame.select("line", "document", "rule").iter_rows()]


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_lines_are_documents_with_their_numbers(tmp_path: Path) -> None:
    path = write(tmp_path, "a.ndjson", b'\xef\xbb\xbf{"a":1}\r\n\n  \n{"b":"\xc5\x99"}\n{"cut')
    assert rows(path) == [(1, '{"a":1}', None), (4, '{"b":"ř"}', None), (5, '{"cut', None)]


def test_a_file_without_a_header_is_read_by_the_names_given_and_without_quotes(tmp_path: Path) -> None:
    content = b'a\tb\n1\t5" x\n"2\t\n1\t2\t3\n\xff\t1\n'
    for name, packed in (("a.tsv", content), ("a.txt", content), ("part-0.gz", gzip.compress(content))):
        found = [batch.documents for batch in read_documents(write(tmp_path, name, packed), Layout(header=("a", "b")))]
        assert pl.concat(found).select("line", "document", "reason").rows() == [
            (2, '{"a":"1","b":"5\\" x"}', None),
            (3, '{"a":"\\"2","b":null}', None),
            (4, None, "expected 2 fields, found 3"),
            (5, None, "the line is not UTF-8 text"),
        ]


def test_a_file_of_nothing_but_a_header_has_no_rows(tmp_path: Path) -> None:
    batches = list(read_documents(write(tmp_path, "a.tsv", b"a\tb\n"), Layout(header=("a", "b"))))
    assert [batch.documents.height for batch in batches] == [0]


def test_names_of_columns_change_nothing_for_formats_that_have_them(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", b"x,y\n1,2\n")
    assert [batch.columns for batch in read_documents(path, Layout(header=("a", "b")))] == [("x", "y")]


def test_a_line_that_is_not_utf8_is_marked_and_costs_no_other(tmp_path: Path) -> None:
    path = write(tmp_path, "a.ndjson", b'{"a":1}\n{"b":"\xff"}\n{"c":1}\n')
    assert [(line, rule) for line, _, rule in rows(path)] == [(1, None), (2, "encoding"), (3, None)]


@pytest.mark.parametrize(("name", "pack"), [("a.ndjson.gz", gzip.compress), ("a.jsonl.zst", zstandard.compress)])
def test_compressed_files(tmp_path: Path, name: str, pack: object) -> None:
    assert [document for _, document, _ in rows(write(tmp_path, name, pack(b"{}\n{}")))] == ["{}", "{}"]  # type: ignore[operator]


def test_a_compressed_file_that_is_cut_short_fails(tmp_path: Path) -> None:
    path = write(tmp_path, "a.ndjson.gz", gzip.compress(b'{"a":1}\n' * 1000)[:-20])
    with pytest.raises(SourceFailure, match="broken or cut short"):
        rows(path)


def test_a_json_array_over_several_lines_is_split_into_its_elements(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", b'[\n {"a":1},\n {"b":\n  2},\n {"c"')
    assert rows(path) == [(2, '{"a":1}', None), (3, '{"b":\n  2}', None), (5, '{"c"', None)]


def test_a_json_document_over_several_lines_is_one_document(tmp_path: Path) -> None:
    assert rows(write(tmp_path, "a.json", b'{\n "a": 1\n}\n')) == [(1, '{\n "a": 1\n}', None)]


def test_json_lines_may_be_called_json(tmp_path: Path) -> None:
    assert len(rows(write(tmp_path, "a.json", b'{"a":1}\n{"a":2}\n'))) == 2


def test_forms_are_documents_one_body_a_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a.form", b"type=open&data%5Bname%5D=A+%26+B&empty=\n\nnonsense\na=%zz\nb=\xff\n")
    found = [(line, document and json.loads(document), rule) for line, document, rule in rows(path)]
    assert found[:3] == [
        (1, {"type": "open", "data[name]": "A & B", "empty": ""}, None),
        (3, {"nonsense": ""}, None),
        (4, {"a": "%zz"}, None),
    ]
    assert (found[3][0], found[3][2]) == (5, "encoding")


def test_csv_records_may_span_lines_and_become_objects(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", b'id,name\n1,"a\nb, ""q"""\n2,\n')
    assert rows(path) == [(2, '{"id":"1","name":"a\\nb, \\"q\\""}', None), (4, '{"id":"2","name":null}', None)]


def test_a_stray_quote_costs_one_line(tmp_path: Path) -> None:
    content = b'id,name\n1,"ok"\n2,ba"d\n3,fine\n4,"open\n5,last\n'
    found = rows(write(tmp_path, "a.csv", content))
    assert [(line, rule) for line, _, rule in found] == [(2, None), (3, "csv"), (4, None), (5, "csv"), (6, None)]


def test_a_quote_that_is_never_closed_holds_up_nothing(tmp_path: Path) -> None:
    """The file goes on after ten thousand lines as if the quote had not been there, and each line comes once."""
    lines = ["id,name", '1,"open', *(f"{number},fine" for number in range(2, 25_000))]
    found = rows(write(tmp_path, "a.csv", "\n".join(lines).encode()))
    assert [line for line, _, _ in found] == list(range(2, 25_001))
    assert [line for line, _, rule in found if rule] == [2]


def test_a_wrong_number_of_fields_costs_one_line(tmp_path: Path) -> None:
    found = rows(write(tmp_path, "a.csv", b"a,b\n1\n1,2\n1,2,3\n"))
    assert [(line, rule) for line, _, rule in found] == [(2, "csv"), (3, None), (4, "csv")]


def test_quotes_inside_a_field_are_text(tmp_path: Path) -> None:
    found = rows(write(tmp_path, "a.tsv", b'a\tb\nsay "hi" now\t2\n'))
    assert json.loads(str(found[0][1])) == {"a": 'say "hi" now', "b": "2"}


def test_separators_between_quotes_inside_a_field_are_counted_as_they_are_read(tmp_path: Path) -> None:
    found = rows(write(tmp_path, "a.csv", b'id,name\n1,a"b,c"d\n2"a,b"\n3,"ok"\n4,' + b'a"b"' * 50_000 + b"\n"))
    assert [(line, rule) for line, _, rule in found] == [(2, "csv"), (3, None), (4, None), (5, "csv")]


def test_a_record_over_several_lines_may_be_separated_by_bars(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", b'id|name\n1|"a\nb"\n')
    found = [batch.documents["document"].to_list() for batch in read_documents(path, Layout("|"))]
    assert found == [['{"id":"1","name":"a\\nb"}']]


def test_a_column_named_twice_fails(tmp_path: Path) -> None:
    with pytest.raises(SourceFailure, match="column 'a' twice"):
        rows(write(tmp_path, "a.csv", b"a,a\n1,2\n"))


def test_parquet_columns_become_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame(
        {"id": [17850.0, None], "price": [2.5, 3.0], "big": [2**60 + 1, 1], "nested": [{"x": [1]}, {"x": None}]}
    ).with_columns(at=pl.datetime(2026, 3, 2, 9))
    frame.write_parquet(path)
    found = [json.loads(str(document)) for _, document, _ in rows(path)]
    assert found[0] == {
        "id": "17850",
        "price": "2.5",
        "big": str(2**60 + 1),
        "nested": {"x": [1]},
        "at": "2026-03-02T09:00:00.000000",
    }
    assert found[1]["id"] is None


@pytest.mark.parametrize(
    ("name", "told"), [("a.parquet", "not a Parquet file"), ("a.xlsx", "files ending in '.xlsx' are not known")]
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(SourceFailure, match=told):
        rows(write(tmp_path, name, b"nonsense"))


@pytest.mark.parametrize("name", ["a.ndjson", "a.json", "a.csv"])
def test_an_empty_file_has_no_rows(tmp_path: Path, name: str) -> None:
    assert rows(write(tmp_path, name, b"")) == []


def test_blocks_end_at_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", b"one\ntwo\nthree four\nfive")
    with path.open("rb") as stream:
        assert list(blocks(stream, size=5)) == [b"one\n", b"two\n", b"three four\n", b"five"]


def test_records_and_lines_do_not_depend_on_block_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "a.csv", b'id,name\n1,"a\nb"\n2,c\n3,"d\n\ne"\n4,f\n')
    whole = rows(path)
    monkeypatch.setattr("journey_analytics.sources.files.blocks.__defaults__", (7,))
    assert rows(path) == whole


@pytest.mark.parametrize(
    ("name", "suffix"), [("a.ndjson.gz", ".ndjson"), ("a.CSV", ".csv"), ("2026-03.json.zst", ".json"), ("none", "")]
)
def test_the_suffix_tells_the_format(name: str, suffix: str) -> None:
    assert data_suffix(Path(name)) == suffix
