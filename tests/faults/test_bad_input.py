"""What a user can do wrong, from end to end: a clear word, the right exit code, nothing lost, yesterday's numbers kept."""

from pathlib import Path

import pytest

from journey_analytics.cli.main import call
from journey_analytics.config import Project
from journey_analytics.warehouse.sql_files import read_sql_file, sql_files
from tests.projects import SEGMENT, SENDGRID, contents, copied, make_project, message, put, state

NINE = "2026-03-02T09:00:00Z"
SHOWN = ["marts.stage_funnel", "journeys.touchpoints"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that has published once; never changed."""
    made = make_project(tmp_path_factory.mktemp("finished"), SEGMENT, SENDGRID)
    put(made, "web/a.ndjson", message(1, NINE))
    put(made, "email/a.json", '[{"email":"a@example.com","event":"click","timestamp":1772438400,"sg_event_id":"1"}]')
    assert call(["run", "-q", "-C", str(made.folder)]) == 0
    return made


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of it, to which bad things happen."""
    return copied(finished, tmp_path / "project")


@pytest.mark.parametrize(
    ("name", "content", "code", "told"),
    [
        (
            "web/b.ndjson",
            "lorem ipsum\ndolor",
            1,
            "web/b.ndjson: all 2 rows are bad; the first, line 1: not valid JSON",
        ),
        ("web/b.ndjson", b"\x00\xff\xfe\x80" * 50, 1, "all 1 rows are bad"),
        ("web/b.parquet", "no parquet", 1, "b.parquet: not a Parquet file"),
        ("web/b.ndjson.gz", "no archive", 1, "b.ndjson.gz: the compressed file is broken"),
        ("web/b.xlsx", "no spreadsheet", 1, "a spreadsheet (.xlsx) is not read"),
        ("web/b.ndjson", "", 0, "web: b.ndjson is empty"),
        ("web/b.ndjson", message(2, NINE) + "\n" + message(3, NINE)[:50], 0, ""),
        (
            "email/b.json",
            '[{"email":"a@example.com","event":"open","timestamp":1772438400000,"sg_event_id":"9"}]',
            1,
            "read as seconds since 1970, is not within 2000 to 2100",
        ),
    ],
)
def test_bad_files(
    project: Project, capsys: pytest.CaptureFixture[str], name: str, content: str | bytes, code: int, told: str
) -> None:
    before = contents(project.published_database, SHOWN)
    put(project, name, content)
    assert call(["run", "-C", str(project.folder)]) == code
    err = capsys.readouterr().err
    assert told in err
    assert "Traceback" not in err
    if code:
        assert "yesterday's numbers stay" in err
        assert contents(project.published_database, SHOWN) == before
        (project.folder / name).unlink()
        assert call(["run", "-q", "-C", str(project.folder)]) == 0
    assert state(project, "select count(*) from staging.events").item() >= 2


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        (SEGMENT + "[sesions]\n", "journey.toml, line 5: unknown key 'sesions'.", "Did you mean 'sessions'?"),
        (SEGMENT + 'tme = "x"\n', "journey.toml, line 5: unknown key 'tme'.", ""),
        (SEGMENT + '[sessions]\ntimeout = "30"\n', "'30' is not a duration", ""),
        (
            SEGMENT + '[stages]\nmodels = ["lifecyle"]\n',
            "there is no stage model 'lifecyle'",
            "Did you mean 'lifecycle'?",
        ),
        ("", "declares no [[sources]]", "journey init"),
        ("[project\n", "not valid TOML", ""),
    ],
)
def test_bad_settings(project: Project, capsys: pytest.CaptureFixture[str], text: str, told: str, hint: str) -> None:
    before = contents(project.published_database, SHOWN)
    (project.folder / "journey.toml").write_text(text)
    assert call(["run", "-C", str(project.folder)]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert hint in err
    assert "Traceback" not in err
    assert contents(project.published_database, SHOWN) == before


def test_a_failed_check_publishes_nothing(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = contents(project.published_database, SHOWN)
    put(project, "web/b.ndjson", message(2, NINE))
    broken = tmp_path / "sql" / "checks" / "never.sql"
    broken.parent.mkdir(parents=True)
    broken.write_text("-- description: Nothing is ever right.\n-- severity: error\nselect 1 as wrong\n")
    monkeypatch.setattr(
        "journey_analytics.warehouse.checks.sql_files", lambda folder: [*sql_files(folder), read_sql_file(broken)]
    )
    assert call(["run", "-C", str(project.folder)]) == 1
    err = capsys.readouterr().err
    assert "checks.never: 1 row, the first with wrong 1" in err
    assert contents(project.published_database, SHOWN) == before
    assert state(project, "select status from ops.runs where step = 'check' order by started_at").rows()[-1] == (
        "failed",
    )


def test_a_warning_can_be_made_to_fail(project: Project) -> None:
    put(project, "web/b.ndjson", "\n".join([message(2, NINE), "{broken"]))
    assert call(["run", "-q", "-C", str(project.folder)]) == 0
    assert call(["run", "-q", "--strict", "-C", str(project.folder)]) == 1


def test_a_state_that_is_no_database_is_said_to_be_none(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.state_database.write_bytes(b"not a database" * 100)
    assert call(["run", "-C", str(project.folder)]) == 2
    assert "is not a DuckDB file that this version can read" in capsys.readouterr().err


def test_a_broken_key_is_not_replaced(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.customer_key.write_text("oops")
    assert call(["run", "-C", str(project.folder)]) == 2
    assert "customer.key is not a key" in capsys.readouterr().err
    assert project.customer_key.read_text() == "oops"
