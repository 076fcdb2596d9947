import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from journey_analytics.errors import SourceFailure
from journey_analytics.places.local import content_hash
from journey_analytics.sources.documents import Layout, read_documents
from journey_analytics.sources.files import blocks, data_suffix
from tests.unit.sources.files import rows, write


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
            (5, None, "the line is not UTF-8 text: save the file as UTF-8"),
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


def zstd(content: bytes) -> bytes:
    return pa.compress(content, codec="zstd", asbytes=True)


@pytest.mark.parametrize(("name", "pack"), [("a.ndjson.gz", gzip.compress), ("a.jsonl.zst", zstd)])
@pytest.mark.parametrize("parts", [[b"{}\n{}"], [b"{}\n", b"{}"]])
def test_compressed_files(tmp_path: Path, name: str, pack: Callable[[bytes], bytes], parts: list[bytes]) -> None:
    """A file may be several compressed ones, one behind the other."""
    content = b"".join(pack(part) for part in parts)
    assert [document for _, document, _ in rows(write(tmp_path, name, content))] == ["{}", "{}"]


@pytest.mark.parametrize(("name", "pack"), [("a.ndjson.gz", gzip.compress), ("a.ndjson.zst", zstd)])
@pytest.mark.parametrize("left", [4, 20, -20])
def test_a_compressed_file_that_is_cut_short_fails(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes], left: int
) -> None:
    lines = "".join(json.dumps({"a": str(number**3)}) + "\n" for number in range(1000))
    path = write(tmp_path, name, pack(lines.encode())[:left])
    with pytest.raises(SourceFailure, match="broken or cut short"):
        rows(path)


def test_a_file_that_may_not_be_read_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "a.ndjson", b"{}")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    for read in (rows, content_hash):
        with pytest.raises(SourceFailure, match=r"a.ndjson: cannot be read \(Permission denied\)"):
            read(path)


def test_a_file_whose_name_is_not_utf8_fails(tmp_path: Path) -> None:
    path = write(tmp_path, os.fsdecode(b"gr\xfc\xdfe.ndjson"), b"{}")
    for read in (rows, content_hash):
        with pytest.raises(SourceFailure, match=r"gr��e\.ndjson: the name of the file is not UTF-8") as caught:
            read(path)
        assert caught.value.message.encode()


@pytest.mark.parametrize("name", ["a.ndjson", "a.json", "a.csv"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf16_is_named(tmp_path: Path, name: str, encoding: str) -> None:
    mark = b"" if encoding == "utf-16" else b"\xfe\xff"
    with pytest.raises(SourceFailure, match=f"{name}: is UTF-16 text") as caught:
        rows(write(tmp_path, name, mark + 'a,b\n{"a":1}'.encode(encoding)))
    assert "iconv" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "content", "documents"),
    [
        ("a.ndjson", b'{"a":1}\r{"a":2}\r', ['{"a":1}', '{"a":2}']),
        ("a.csv", b'a,b\r1,"x\ry"\r2,z', ['{"a":"1","b":"x\\ny"}', '{"a":"2","b":"z"}']),
    ],
)
def test_lines_may_end_in_cr_alone(tmp_path: Path, name: str, content: bytes, documents: list[str]) -> None:
    assert [document for _, document, _ in rows(write(tmp_path, name, content))] == documents


def test_a_json_array_over_several_lines_is_split_into_its_elements(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", b'[\n {"a":1},\n {"b":\n  2},\n {"c"')
    assert rows(path) == [(2, '{"a":1}', None), (3, '{"b":\n  2}', None), (5, '{"c"', "json")]


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


@pytest.mark.parametrize(
    ("name", "told"), [("a.parquet", "not a Parquet file"), ("a.xlsx", r"a spreadsheet \(\.xlsx\) is not read")]
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(SourceFailure, match=told):
        rows(write(tmp_path, name, b"nonsense"))


@pytest.mark.parametrize("name", ["a.ndjson", "a.json", "a.csv"])
def test_an_empty_file_has_no_rows(tmp_path: Path, name: str) -> None:
    assert rows(write(tmp_path, name, b"")) == []


def test_blocks_end_at_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", b"one\ntwo\nthree four\nfive")
    chunks = [path.read_bytes()[start : start + 5] for start in range(0, 23, 5)]
    assert list(blocks(chunks)) == [b"one\n", b"two\n", b"three four\n", b"five"]


@pytest.mark.parametrize(
    ("name", "suffix"), [("a.ndjson.gz", ".ndjson"), ("a.CSV", ".csv"), ("2026-03.json.zst", ".json"), ("none", "")]
)
def test_the_suffix_tells_the_format(name: str, suffix: str) -> None:
    assert data_suffix(Path(name)) == suffix


def test_spreadsheets_and_other_encodings_are_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceFailure, match="spreadsheet") as caught:
        list(read_documents(write(tmp_path, "a.xlsx", b"PK")))
    assert caught.value.hint == 'Save each table of it as "CSV UTF-8", and name that file.'
    with pytest.raises(SourceFailure, match="the header cannot be read: the line is not UTF-8 text") as caught:
        list(read_documents(write(tmp_path, "a.csv", "order,město\n1,Brno\n".encode("cp1250"))))
    assert "save as" in caught.value.hint
    assert "iconv" in caught.value.hint
