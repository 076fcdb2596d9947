import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey_analytics.errors import SourceFailure
from journey_analytics.sources.delimited import read_delimited
from tests.unit.sources.files import rows, write


def test_csv_records_may_span_lines_and_become_objects(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", b'id,name\n1,"a\nb, ""q"""\n2,\n')
    assert rows(path) == [(2, '{"id":"1","name":"a\\nb, \\"q\\""}', None), (4, '{"id":"2","name":null}', None)]


def test_a_stray_quote_costs_one_line(tmp_path: Path) -> None:
    content = b'id,name\n1,"ok"\n2,ba"d\n3,fine\n4,"open\n5,last\n'
    found = rows(write(tmp_path, "a.csv", content))
    assert [(line, rule) for line, _, rule in found] == [(2, None), (3, None), (4, None), (5, "csv"), (6, None)]


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


def test_a_column_named_twice_fails(tmp_path: Path) -> None:
    with pytest.raises(SourceFailure, match="column 'a' twice"):
        rows(write(tmp_path, "a.csv", b"a,a\n1,2\n"))


def test_records_and_lines_do_not_depend_on_block_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "a.csv", b'id,name\n1,"a\nb"\n2,c\n3,"d\n\ne"\n4,f\n')
    whole = rows(path)
    monkeypatch.setattr("journey_analytics.sources.files.CHUNK", 7)
    assert rows(path) == whole


def test_a_stray_quote_costs_no_later_record_of_several_lines(tmp_path: Path) -> None:
    content = 'id,name\n1,"stray\n' + "".join(f'{number},"of\n\ntwo, lines"\n' for number in range(2, 6))
    found = rows(write(tmp_path, "a.csv", content.encode()))
    assert [(line, rule) for line, _, rule in found] == [(2, "csv"), (3, None), (6, None), (9, None), (12, None)]
    assert json.loads(str(found[1][1])) == {"id": "2", "name": "of\n\ntwo, lines"}


@pytest.mark.parametrize(
    "record", ['2,2026-01-01T10:00:00Z, "u,2",buy', '2,2026,u"2,3"x,buy', '2,2026,"u" x,buy', '2,"2026,u', '"2,a,b,c']
)
def test_quotes_in_the_wrong_place_cost_their_record(tmp_path: Path, record: str) -> None:
    content = f'id,at,user,event\n1,x,"y",z\n{record}\n3,x,"y\n",z\n4,x,y,z\n'
    assert [(line, rule) for line, _, rule in rows(write(tmp_path, "a.csv", content.encode()))] == [
        (2, None), (3, "csv"), (4, None), (6, None),
    ]  # fmt: skip


def test_a_quote_that_closes_elsewhere_is_a_stray_one(tmp_path: Path) -> None:
    """Taken as one record, lines 2 to 4 would have three fields."""
    found = rows(write(tmp_path, "a.csv", b'id,name\n1,"open\n2,b\n3",c\n'))
    assert [(line, rule) for line, _, rule in found] == [(2, "csv"), (3, None), (4, None)]


def test_fields_may_be_long(tmp_path: Path) -> None:
    long = "x" * 200_000
    found = rows(write(tmp_path, "a.csv", f'id,{long}\n1,"{long}, y"\n'.encode()))
    assert json.loads(str(found[0][1])) == {"id": "1", long: f"{long}, y"}


def test_a_row_of_empty_fields_is_a_row(tmp_path: Path) -> None:
    found = rows(write(tmp_path, "a.tsv", b"a\tb\n\t\n \n1\t2\n"))
    assert found == [(2, '{"a":null,"b":null}', None), (4, '{"a":"1","b":"2"}', None)]


def test_a_header_may_span_lines_and_blank_lines_may_stand_before_it(tmp_path: Path) -> None:
    found = rows(write(tmp_path, "a.csv", b'\n \n"a\nb",c\n1,"x\ny"\n'))
    assert found == [(5, '{"a\\nb":"1","c":"x\\ny"}', None)]


def test_a_header_with_a_stray_quote_fails(tmp_path: Path) -> None:
    with pytest.raises(SourceFailure, match="the header cannot be read: a quote is not closed"):
        rows(write(tmp_path, "a.csv", b'a,"b\n1,2\n'))


_FIELD = st.text(st.sampled_from('ab",;\n \t|'), max_size=6)


@given(
    st.lists(st.tuples(_FIELD, _FIELD), min_size=1, max_size=8),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.integers(1, 40),
)
def test_what_a_csv_writer_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str]], separator: str, quoting: int, chunk: int
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=quoting, lineterminator="\n")
    writer.writerows([("key", "a", "b"), *(("x", *row) for row in table)])
    path = write(tmp_path_factory.mktemp("csv"), "a.csv", text.getvalue().encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("journey_analytics.sources.files.CHUNK", chunk)
        documents = [
            json.loads(row) for batch in read_delimited(path, separator) for row in batch.documents["document"]
        ]
    assert documents == [{"key": "x", "a": a or None, "b": b or None} for a, b in table]
