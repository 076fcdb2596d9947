import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from journey_analytics.cli.main import call
from tests.projects import ORDERS, SEGMENT, make_project, message, put

NINE, TEN = "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project that has run once."""
    folder = tmp_path_factory.mktemp("project")
    made = make_project(folder, SEGMENT)
    lines = [
        message(1, NINE),
        message(2, TEN, type="track", event="Signed Up", userId="u1"),
        message(3, TEN, type="identify"),
    ]
    put(made, "web/a.ndjson", "\n".join(lines))
    assert call(["run", "-q", "-C", str(folder)]) == 0
    return folder


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a call."""
    code = call(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_run_shows_each_step_and_where_to_look(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "run", "-C", str(project))
    assert code == 0
    steps = [line.split()[0] for line in out.splitlines() if line.strip()]
    assert steps[:5] == ["ingest:web", "build", "check", "report", "publish"]
    assert "warehouse/journey.duckdb" in out
    assert "reports/latest/index.html" in out


def test_json_is_one_document_on_standard_output(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "run", "--json", "-C", str(project))
    document = json.loads(out)
    assert (code, document["status"], document["exit_code"]) == (0, "published", 0)
    assert [step["name"] for step in document["steps"]] == ["ingest:web", "build", "check", "report", "publish"]
    assert all(check["failing"] == 0 for check in document["checks"])
    assert "ingest:web" in err


def test_shared_options_stand_before_or_behind_the_verb(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["-C", str(project), "doctor"], ["doctor", f"--project={project}"]):
        assert said(capsys, *arguments)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["run"], 2, "journey.toml does not exist"),
        (["query", "select 1"], 2, "journey.toml does not exist"),
        (["nonsense"], 2, "No such command 'nonsense'"),
        (["run", "--nonsense"], 2, "No such option"),
        (["query", "--format", "xml"], 2, "'xml' is not one of"),
    ],
)
def test_mistakes_are_sentences_with_an_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, told: str
) -> None:
    found, out, err = said(capsys, *arguments, "-C", str(tmp_path))
    assert found == code
    assert out == ""
    assert "error[" in err
    assert told in err
    assert "hint:" in err
    assert "Traceback" not in err


def test_an_error_is_a_document_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "run", "--json", "-C", str(tmp_path))
    document = json.loads(out)
    assert (code, document["status"], document["error"]["code"]) == (2, "failed", "E-CONFIG")


def test_an_unexpected_failure_is_no_traceback(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("journey_analytics.steps.diagnose.diagnose", fail)
    code, _, err = said(capsys, "doctor", "-C", str(project))
    assert code == 2
    assert "unexpected failure: RuntimeError: out of luck" in err
    assert "Traceback" not in err


def test_an_interrupt_is_130(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("journey_analytics.steps.diagnose.diagnose", interrupt)
    assert said(capsys, "doctor", "-C", str(project))[0] == 130


def test_doctor_finds_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, SEGMENT)
    code, out, _ = said(capsys, "doctor", "-C", str(tmp_path))
    assert code == 0
    assert "No file matches web/*." in out
    assert "nothing yet" in out
    make_project(tmp_path, SEGMENT.replace('"segment"', '"segmnt"'))
    code, out, _ = said(capsys, "doctor", "-C", str(tmp_path))
    assert code == 2
    assert "Did you mean 'segment'?" in out


def test_another_run_going_on_is_exit_code_3(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD_LOCK, str(project)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        code, _, err = said(capsys, "run", "-C", str(project))
        assert (code, "another run of this project is going on" in err) == (3, True)
        assert said(capsys, "doctor", "-C", str(project))[0] == 3
    finally:
        holder.communicate("done\n")


_HOLD_LOCK = """
import sys
from pathlib import Path
from journey_analytics.config import Project
from journey_analytics.steps.runs import only_run
with only_run(Project(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_queries_in_every_format(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = "select 1 as number, 'a,b' as text"
    assert said(capsys, "query", question, "--format", "csv", "-C", str(project))[1] == 'number,text\n1,"a,b"\n'
    assert json.loads(said(capsys, "query", question, "--json", "-C", str(project))[1]) == [
        {"number": 1, "text": "a,b"}
    ]
    assert "number" in said(capsys, "query", question, "-C", str(project))[1]
    path = tmp_path / "answer.parquet"
    assert said(capsys, "query", question, "--format", "parquet", "--out", str(path), "-C", str(project))[0] == 0
    assert path.exists()
    code, _, err = said(capsys, "query", question, "--format", "parquet", "-C", str(project))
    assert (code, "--out" in err) == (2, True)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("where_customers_drop_of", "Did you mean 'where_customers_drop_off'?"),
        ("select nothing from nowhere", "nowhere"),
        ("drop table journeys.customers", "read-only"),
        ("from read_text('/etc/passwd')", "disabled"),
    ],
)
def test_questions_that_cannot_be_answered(
    project: Path, capsys: pytest.CaptureFixture[str], question: str, told: str
) -> None:
    code, _, err = said(capsys, "query", question, "-C", str(project))
    assert code == 2
    assert told in err


def test_a_cut_answer_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "query", "from range(100)", "--limit", "3", "-C", str(project))
    assert code == 0
    assert "only the first 3 rows" in err
    assert out.count("\n") < 10


def test_a_piped_answer_breaks_no_word(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What other programs read is as wide as it needs to be, and says what the data say."""
    names = [f"a_rather_long_name_of_a_column_{i}" for i in range(9)]
    question = "select " + ", ".join(f"':email: [b]{i}' as {name}" for i, name in enumerate(names))
    lines = said(capsys, "query", question, "-C", str(project))[1].splitlines()
    assert [line.split() for line in lines if names[0] in line] == [names]
    assert sum(line.count(":email: [b]") for line in lines) == len(names)


def test_explain_an_event_names_the_rule_and_its_place(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, "explain", "event", "web:m2", "-C", str(project))
    assert "stage    acquisition   rule converts (lifecycle.toml, line" in out
    _, out, _ = said(capsys, "explain", "event", "web:m3", "-C", str(project))
    assert "it is no interaction" in out
    _, out, _ = said(capsys, "explain", "event", "page_view", "-C", str(project))
    assert "awareness         rule discovers" in out
    code, _, err = said(capsys, "explain", "event", "nothing_of_the_kind", "-C", str(project))
    assert (code, "no touchpoint has the id" in err) == (2, True)


def test_init_makes_a_project_that_the_doctor_understands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new"
    assert said(capsys, "init", str(target))[0] == 0
    assert {path.name for path in target.iterdir()} == {"journey.toml", "stages.toml", ".gitignore", "data"}
    code, out, _ = said(capsys, "doctor", "-C", str(target))
    assert (code, "declares none" in out) == (2, True)
    code, _, err = said(capsys, "init", str(target))
    assert (code, "has a journey.toml already" in err) == (2, True)


def test_help_and_run_do_not_load_what_they_do_not_need(project: Path) -> None:
    probe = "import sys; from journey_analytics.cli.main import call; call(sys.argv[1:]); print(sorted(sys.modules))"

    def modules(*arguments: str) -> str:
        run = subprocess.run([sys.executable, "-c", probe, *arguments], capture_output=True, text=True, check=True)
        return run.stdout.splitlines()[-1]

    assert not {"'polars'", "'duckdb'", "'plotly'", "'networkx'", "'prefect'"} & set(
        modules("--help")[1:-1].split(", ")
    )
    assert "'prefect'" not in modules("run", "-C", str(project))


def test_rejected_says_why_and_shows_the_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z") + "\n{broken\n" + message(2, "never"))
    call(["run", "--no-report", "-C", str(tmp_path)])
    capsys.readouterr()
    _, out, _ = said(capsys, "rejected", "-C", str(tmp_path))
    assert re.search(r"web\s+json\s+1\s+web/a.ndjson, line 2: not valid JSON", out)
    assert re.search(r"web\s+occurred_at\s+1\s+web/a.ndjson, line 3: the time 'never' is not", out)
    _, out, err = said(capsys, "rejected", "web", "--rows", "--limit", "1", "-C", str(tmp_path))
    assert out == "web/a.ndjson, line 2: not valid JSON  [json]\n    {broken\n"
    assert "1 of 2 rows" in err
    document = json.loads(said(capsys, "rejected", "--json", "-C", str(tmp_path))[1])
    assert next(row["raw"] for row in document["rows"]) == "{broken"
    code, _, err = said(capsys, "rejected", "wep", "-C", str(tmp_path))
    assert (code, "web" in err) == (2, True)


def test_doctor_reads_the_first_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path, ORDERS)
    good = "order,at,customer,amount\n1,2026-03-02T09:00,u1,10\n"
    put(project, "shop/a.csv", good)
    assert "its first 1 rows can be read" in said(capsys, "doctor", "-C", str(tmp_path))[1]
    put(project, "shop/a.csv", good + "2,2026-03-02T09:00,u1,ten\n")
    code, out, _ = said(capsys, "doctor", "-C", str(tmp_path))
    assert (code, "1 of its first 2 rows are bad" in out, "value 'ten' is not an amount" in out) == (0, True, True)
    put(project, "shop/a.csv", good.replace("amount", "amonut"))
    code, out, _ = said(capsys, "doctor", "-C", str(tmp_path))
    assert (code, "column 'amount' is missing" in out) == (1, True)


def test_a_source_that_ends_early_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path, SEGMENT, ORDERS)
    put(project, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z"))
    put(project, "shop/a.csv", "order,at,customer,amount\n1,2026-10-01T09:00,u1,10\n")
    _, _, err = said(capsys, "run", "--no-report", "-C", str(tmp_path))
    assert "web: its data end on 2026-03-02, 213 days before those of others" in err
    assert "required = true" in err


def test_whole_numbers_are_numbers_in_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "query", "select sum(range) as n from range(4)", "--format", "json", "-C", str(project))[1]
    assert json.loads(out) == [{"n": 6}]


def test_status_fits_a_terminal_and_is_one_document(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "status", "-C", str(project))
    assert code == 0
    assert "Data complete until 2026-03-02 10:00 UTC" in out
    assert "too early to tell" in out
    assert max(map(len, out.splitlines())) <= 100
    code, out, _ = said(capsys, "status", "--json", "--last", "1", "-C", str(project))
    document = json.loads(out)
    assert (code, document["status"], document["exit_code"], document["is_running"]) == (0, "published", 0, False)
    assert [source["source"] for source in document["sources"]] == ["web"]
    assert document["watermark_sources"] == ["web"]
    assert len(document["runs"]) == 1


def test_status_of_a_project_that_never_ran(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, SEGMENT)
    code, out, err = said(capsys, "status", "-C", str(tmp_path))
    assert (code, err) == (2, "")
    assert "Nothing has been run yet" in out
    assert json.loads(said(capsys, "status", "--json", "-C", str(tmp_path))[1])["status"] == "never_run"


def test_status_says_why_the_tables_are_old(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE))
    assert call(["run", "-q", "-C", str(tmp_path)]) == 0
    put(project, "web/b.ndjson", "no JSON")
    assert call(["run", "-q", "-C", str(tmp_path)]) == 1
    capsys.readouterr()
    code, out, _ = said(capsys, "status", "-q", "-C", str(tmp_path))
    assert code == 1
    assert "failed at ingest:web" in out
    assert "web/b.ndjson: all 1 rows are bad" in out


def test_replay_says_what_became_of_rejected_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE) + "\n{broken")
    put(project, "web/b.ndjson", message(2, NINE) + "\n{broken")
    assert call(["run", "-q", "-C", str(tmp_path)]) == 0
    (tmp_path / "web/b.ndjson").unlink()
    capsys.readouterr()
    assert "journey replay" in said(capsys, "rejected", "-C", str(tmp_path))[1]
    code, out, err = said(capsys, "replay", "web", "-C", str(tmp_path))
    assert code == 0
    assert "web/a.ndjson, line 2: not valid JSON" in out
    assert "web/b.ndjson is gone or has changed: 1 rejected rows of it cannot be read again" in err
    found = json.loads(said(capsys, "replay", "--json", "-C", str(tmp_path))[1])["sources"][0]
    assert (found["source"], found["rejected_count"], found["mended_count"]) == ("web", 1, 0)
    assert found["still"] == [
        {"rule": "json", "rows_count": 1, "path": "web/a.ndjson", "line": 2, "reason": "not valid JSON"}
    ]
    assert found["gone"] == {"web/b.ndjson": 1}
