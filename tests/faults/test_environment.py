"""What the machine can do wrong: full and closed disks, damaged databases, a key half made; each named, and mended."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from journey_analytics.cli.main import call
from journey_analytics.config import Project
from journey_analytics.errors import StorageFailure
from journey_analytics.steps.runs import new_run, recorded
from tests.projects import ORDERS, SEGMENT, contents, copied, make_project, message, put, rows_of

resource = pytest.importorskip("resource", reason="only POSIX limits the size of files")
CODE = "import sys; from journey_analytics.cli.main import call; sys.exit(call(sys.argv[1:]))"
KEPT = ["journeys.touchpoints", "journeys.customers"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that has published once; never changed."""
    made = make_project(tmp_path_factory.mktemp("finished"), SEGMENT)
    put(made, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z", userId="u1"))
    assert call(["run", "-q", "-C", str(made.folder)]) == 0
    return made


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of it, to be damaged."""
    return copied(finished, tmp_path / "project")


@pytest.mark.parametrize(
    ("number", "code", "hint"),
    [
        (errno.ENOSPC, 3, "Make room on the disk"),
        (errno.EROFS, 2, "Make the disk writable"),
        (errno.EACCES, 2, "Give this user the right"),
        (errno.EIO, 3, "Look at the disk"),
    ],
)
def test_what_the_disk_refuses_is_told(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: int,
    code: int,
    hint: str,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "/some/file")

    monkeypatch.setattr("journey_analytics.steps.night.build", refuse)
    assert call(["run", "-C", str(project.folder)]) == code
    err = capsys.readouterr().err
    assert f"error[E-STORAGE]: /some/file: {os.strerror(number)}." in err
    assert hint in err
    assert "bug" not in err


@pytest.mark.parametrize("room", [0, 4_700_000])
def test_a_disk_without_room_keeps_yesterdays_numbers(project: Project, room: int) -> None:
    """The limit on the size of files stands for a full disk: writing fails at some point, wherever that is."""
    before = contents(project.published_database, KEPT)
    put(project, "web/b.ndjson", message(2, "2026-03-03T09:00:00Z", userId="u2"))
    done = subprocess.run(
        [sys.executable, "-c", CODE, "run", "-C", str(project.folder)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "error[E-STORAGE]" in done.stderr, "bug" in done.stderr) == (3, True, False), done.stderr
    assert contents(project.published_database, KEPT) == before
    assert call(["run", "-q", "-C", str(project.folder)]) == 0
    assert rows_of(project.published_database, "select count(*) from journeys.customers").item() == 2


def test_a_failure_that_cannot_be_noted_is_told_all_the_same(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full", "ledger")

    monkeypatch.setattr("journey_analytics.steps.runs.opened", refuse)
    with pytest.raises(ZeroDivisionError), recorded(project, new_run(), "build"):
        _ = 1 / 0
    with pytest.raises(StorageFailure, match="ledger"), recorded(project, new_run(), "build"):
        pass


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ('state = "journey.toml"', "a folder is needed"),
        ('warehouse = "journey.toml/deeper"', "a folder is needed"),
        ('reports = "journey.toml"', "a folder is needed"),
        ('customer_key = "web"', "a file is needed"),
    ],
)
def test_a_file_in_the_place_of_a_folder(
    project: Project, capsys: pytest.CaptureFixture[str], paths: str, told: str
) -> None:
    make_project(project.folder, SEGMENT, head=f"[paths]\n{paths}\n")
    assert call(["run", "-C", str(project.folder)]) == 2
    err = capsys.readouterr().err
    assert "error[E-STORAGE]" in err
    assert told in err
    assert call(["doctor", "-C", str(project.folder)]) == 2
    assert told in capsys.readouterr().out


def test_doctor_sees_what_is_closed(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = project.published_database.parent
    monkeypatch.setattr("journey_analytics.steps.diagnose.os.access", lambda path, _: path != closed)
    assert call(["doctor", "-C", str(project.folder)]) == 2
    assert f"{closed} cannot be written" in capsys.readouterr().out


@pytest.mark.parametrize("verb", [["init"], ["demo"], ["run", "-C"], ["doctor", "-C"]])
def test_a_project_that_is_a_file(project: Project, capsys: pytest.CaptureFixture[str], verb: list[str]) -> None:
    assert call([*verb, str(project.file.path)]) == 2
    captured = capsys.readouterr()
    assert "A file stands where a folder is needed" in captured.out + captured.err


def _damage(path: Path, kind: str) -> None:
    content = bytearray(path.read_bytes())
    match kind:
        case "empty":
            content.clear()
        case "cut":
            del content[len(content) // 2 :]
        case "text":
            content = bytearray(b"no database" * 1000)
        case _:
            for start in range(12_388, len(content), 4096):
                content[start : start + 16] = bytes(16 * [0xAA])
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["empty", "blocks"])
@pytest.mark.parametrize("verb", [["run"], ["explain", "event", "page_view"], ["doctor"]], ids=lambda verb: verb[0])
def test_a_damaged_state_database(
    project: Project, capsys: pytest.CaptureFixture[str], kind: str, verb: list[str]
) -> None:
    before = contents(project.published_database, KEPT)
    _damage(project.state_database, kind)
    assert call([*verb, "-C", str(project.folder)]) == 2
    told = "".join(capsys.readouterr())
    assert f"{project.state_database} is" in told
    assert "Move pipeline.duckdb and pipeline.duckdb.wal out of" in told
    assert contents(project.published_database, KEPT) == before


def test_a_state_database_is_made_anew_with_the_same_ids(project: Project) -> None:
    before = contents(project.published_database, KEPT)
    project.state_database.unlink()
    assert call(["run", "-q", "--no-report", "-C", str(project.folder)]) == 0
    assert contents(project.published_database, KEPT) == before


@pytest.mark.parametrize("kind", ["text", "cut"])
@pytest.mark.parametrize("verb", [["query", "from marts.stage_funnel"], ["report"], ["doctor"]], ids=lambda v: v[0])
def test_a_damaged_published_file(
    project: Project, capsys: pytest.CaptureFixture[str], kind: str, verb: list[str]
) -> None:
    _damage(project.published_database, kind)
    assert call([*verb, "-C", str(project.folder)]) == 2
    told = "".join(capsys.readouterr())
    assert f"{project.published_database} is" in told
    assert "Make it anew with: journey run" in told


def test_a_published_file_of_another_program(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.published_database.unlink()
    other = make_project(project.folder / "other", ORDERS)
    with pytest.raises(ZeroDivisionError), recorded(other, new_run(), "build"):
        _ = 1 / 0
    other.state_database.rename(project.published_database)
    assert call(["report", "-C", str(project.folder)]) == 2
    assert f"{project.published_database} lacks what is looked for" in capsys.readouterr().err


def test_a_key_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z", userId="u1"))

    def die(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("journey_analytics.warehouse.customer_keys.os.fsync", die)
        assert call(["run", "-q", "-C", str(tmp_path)]) == 130
    assert not project.customer_key.exists()
    assert call(["run", "-q", "--no-report", "-C", str(tmp_path)]) == 0
    assert len(project.customer_key.read_text().strip()) == 64
    assert project.customer_key.stat().st_mode & 0o777 == 0o600


def test_an_empty_key_is_filled_only_before_the_first_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z", userId="u1"))
    project.customer_key.touch()
    assert call(["run", "-q", "--no-report", "-C", str(tmp_path)]) == 0
    project.customer_key.write_text("")
    project.state_database.unlink()
    assert call(["run", "-q", "--no-report", "-C", str(tmp_path)]) == 2
    assert "customer.key is not a key" in capsys.readouterr().err
    assert project.customer_key.read_text() == ""
