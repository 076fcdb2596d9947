import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from journey_analytics.cli.main import call
from tests.projects import SEGMENT, make_project

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
