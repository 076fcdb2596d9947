import csv
import json
from pathlib import Path

import pytest

from journey_analytics.cli.main import call
from tests.projects import SEGMENT, make_project, message, put


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project that has run once."""
    made = make_project(tmp_path_factory.mktemp("project"), SEGMENT)
    put(made, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z", userId="u1"))
    assert call(["run", "-q", "--no-report", "-C", str(made.folder)]) == 0
    return made.folder


@pytest.mark.parametrize("question", ["", " ", ";", " ; ;", "/* nothing */"])
def test_no_question_is_no_answer(project: Path, capsys: pytest.CaptureFixture[str], question: str) -> None:
    assert call(["query", question, "-C", str(project)]) == 2
    assert "there is no question in that" in capsys.readouterr().err


def test_more_than_one_question_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["query", "select 1; select 2", "-C", str(project)]) == 2
    assert "2 statements were found, and one can be answered" in capsys.readouterr().err
    assert call(["query", "select 1;", "-C", str(project)]) == 0


ODD = {
    "interval 1 month": "1 month",
    "[interval 1 month]": '["1 month"]',
    "union_value(n := 1)": "1",
    "date '290000-01-01'": "290000-01-01",
    "date '-infinity'": "-infinity",
    "timestamp 'infinity'": "infinity",
    "timestamptz '200000-01-01'": "200000-01-01 00:00:00+00",
    "[date '290000-01-01']": '["290000-01-01"]',
    "'a'::blob": "a",
    "['a'::blob]": '["a"]',
    "'101'::bit": "101",
    "12345678901234567890123456789012345678901234567890::bignum": "12345678901234567890123456789012345678901234567890",
    "time '24:00'": "24:00:00",
    "1::variant": "1",
}


@pytest.mark.parametrize("format_", ["table", "csv", "json"])
@pytest.mark.parametrize("value", ODD)
def test_values_of_any_type_can_be_shown(
    project: Path, capfd: pytest.CaptureFixture[str], value: str, format_: str
) -> None:
    question = f"select {value} as odd, 1 as same, 2 as same"
    assert call(["query", question, "--format", format_, "-C", str(project)]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    match format_:
        case "json":
            assert json.loads(out)[0]["odd"] == ODD[value]
        case "csv":
            assert next(csv.reader(out.splitlines()[1:]))[0] == ODD[value]
        case _:
            assert ODD[value] in out


def test_lists_are_json_texts_in_csv_and_lists_in_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = "select stages, {'a': 1} as pair from journeys.journeys"
    assert call(["query", question, "--format", "csv", "-C", str(project)]) == 0
    assert list(csv.reader(capsys.readouterr().out.splitlines()))[1] == ['["awareness"]', '{"a":1}']
    assert call(["query", question, "--format", "json", "-C", str(project)]) == 0
    assert json.loads(capsys.readouterr().out) == [{"stages": ["awareness"], "pair": {"a": 1}}]


@pytest.mark.parametrize(
    ("name", "expected"), [("a.csv", b"n\n1\n"), ("a.JSON", b'[{"n":1}]\n'), ("a.parquet", b"PAR1")]
)
def test_the_suffix_of_a_file_is_its_format(project: Path, tmp_path: Path, name: str, expected: bytes) -> None:
    assert call(["query", "select 1 as n", "--out", str(tmp_path / name), "-C", str(project)]) == 0
    assert (tmp_path / name).read_bytes().startswith(expected)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--out", "answer.txt"], "is not known: a file is one of csv, json, parquet"),
        (["--out", "answer"], "is not known"),
        (["--out", "answer.csv", "--format", "table"], "is not known"),
        (["--out", "."], "is a folder"),
        (["--out", ".", "--json"], "is a folder"),
        (["--out", "nowhere/answer.csv"], "the folder nowhere does not exist"),
        (["--out", "nowhere/answer.parquet", "--format", "parquet"], "the folder nowhere does not exist"),
    ],
)
def test_where_an_answer_cannot_go(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(["query", "select 1", *arguments, "-C", str(project)]) == 2
    captured = capsys.readouterr()
    assert (captured.out.startswith("{") or not captured.out, told in captured.err) == (True, True)
    assert "hint:" in captured.err
    assert list(tmp_path.iterdir()) == []


def test_a_cut_file_says_so(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.csv"
    assert call(["query", "from range(100)", "--out", str(out), "-C", str(project)]) == 0
    assert "only the first 50 rows" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ('from marts.stage_funnel where stage = "borrower"', "Text stands in single quotes: 'borrower'."),
        ("select stag from marts.stage_funnel", 'journey query "describe marts.stage_funnel"'),
        ("from marts.stage_funel", 'journey query "show all tables"'),
        ("selct 1", "Questions that are ready to ask: journey query"),
        ("select marts.wilsn(1, 2)", "Functions and macros"),
    ],
)
def test_each_mistake_in_sql_has_a_hint_of_its_own(
    project: Path, capsys: pytest.CaptureFixture[str], sql: str, hint: str
) -> None:
    assert call(["query", sql, "-C", str(project)]) == 2
    assert hint in capsys.readouterr().err
