import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from journey_analytics.cli.main import call
from journey_analytics.cli.options import Shared
from journey_analytics.cli.progress import shown_progress
from journey_analytics.steps.progress import unheard
from tests.projects import SEGMENT, make_project, message, put

CODE = "import sys; from journey_analytics.cli.main import call; sys.exit(call(sys.argv[1:]))"


class PanicException(BaseException):
    """A panic of Rust, which is no ``Exception``."""


def test_a_panic_of_a_library_is_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def panic(*_: object) -> None:
        raise PanicException("out of range")

    monkeypatch.setattr("journey_analytics.steps.diagnose.diagnose", panic)
    assert call(["doctor", "-C", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert "unexpected failure: PanicException: out of range" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [["explain", "event", "\udcff"], ["query", "select '\udcff'"]])
def test_words_that_are_no_text(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert call(arguments) == 2
    assert "is not UTF-8 text" in capsys.readouterr().err


def test_an_empty_date_is_no_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, SEGMENT)
    assert call(["run", "--as-of=", "-C", str(tmp_path)]) == 2
    assert "'' is not a date" in capsys.readouterr().err


def test_a_terminal_that_knows_only_ascii(tmp_path: Path) -> None:
    make_project(tmp_path, SEGMENT, head='[project]\nname = "Žluť"\n[stages]\nmodels = ["é"]\n')
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}

    def said(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", CODE, "doctor", "-C", str(tmp_path), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    shown = said()
    assert (shown.returncode, shown.stderr) == (2, "")
    assert "+ versions" in shown.stdout
    assert "x config" in shown.stdout
    document = json.loads(said("--json").stdout)
    assert "'é'" in document["findings"][-1]["text"]


def on_a_terminal(project: Path, *arguments: str, **environment: str) -> str:
    """What a person at a terminal sees of a run: everything that was written, control characters too."""
    reader, writer = os.openpty()
    plain = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    command = [sys.executable, "-c", CODE, "run", "--no-report", "-C", str(project), *arguments]
    with subprocess.Popen(command, stdout=writer, stderr=writer, env=plain | {"TERM": "xterm"} | environment) as run:
        os.close(writer)
        seen = b""
        with suppress(OSError):  # a terminal whose other end is closed cannot be read
            while chunk := os.read(reader, 65_536):
                seen += chunk
    os.close(reader)
    assert run.returncode == 0
    return seen.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is made the POSIX way")
def test_a_bar_is_shown_where_a_person_is_watching_and_leaves_one_line(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", "\n".join(message(number, "2026-03-02T09:00:00Z") for number in range(5)))
    seen = on_a_terminal(project.folder, NO_COLOR="1")
    assert "5 rows, " in seen
    assert seen.count("1 new file: 5 loaded; ") == 1
    assert " rows/s" in seen
    assert "\x1b[3" not in seen
    put(project, "web/b.ndjson", "\n".join(message(number, "2026-03-02T09:00:00Z") for number in range(5, 11)))
    assert "6 rows, " not in on_a_terminal(project.folder, CI="true")


@pytest.mark.parametrize("choice", ["quiet", "as_json"])
def test_who_wants_no_words_gets_no_bar(choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    for shared, is_shown in ((Shared(), True), (Shared(**{choice: True}), False)):
        with shown_progress(shared, lambda _: None) as (_, on_progress):
            assert (on_progress is not unheard) == is_shown


def test_without_a_terminal_there_is_one_plain_line_per_step(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z"))
    command = [sys.executable, "-c", CODE, "run", "--no-report", "-C", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    steps = [line.split()[0] for line in done.stdout.splitlines()[:4]]
    assert steps == ["ingest:web", "build", "check", "publish"]
