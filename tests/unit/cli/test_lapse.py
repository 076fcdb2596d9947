import json
from pathlib import Path

import pytest

from journey_analytics.cli.main import call
from tests.projects import SEGMENT, make_project, put
from tests.unit.steps.test_learned_limits import AUTO, QUICK


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = call(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_limits_are_learned_shown_and_applied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path, SEGMENT, head=AUTO)
    put(project, "web/a.ndjson", QUICK)
    at = ("-C", str(tmp_path))
    code, _, err = said(capsys, "lapse", "learn", *at)
    assert code == 2
    assert "journey run" in err
    code, _, err = said(capsys, "run", *at)
    assert code == 0
    assert "Learn with: journey lapse learn" in err
    code, out, _ = said(capsys, "lapse", "learn", *at)
    assert code == 0
    assert "not learned yet" in out
    assert "too few" in out
    assert "version 1, learned from data until" in out
    assert "apply with: journey run" in out
    assert said(capsys, "run", "-q", *at)[0] == 0
    code, out, _ = said(capsys, "status", *at)
    assert code == 0
    assert "version 1" in out
    assert "Still return" in out
    document = json.loads(said(capsys, "lapse", "learn", "--json", *at)[1])
    assert (document["version"], document["is_new"], document["is_in_use"]) == (1, False, True)
    shown = json.loads(said(capsys, "status", "--json", *at)[1])["lapse_thresholds"]
    assert [row["stage"] for row in shown] == [row["stage"] for row in document["thresholds"]]
    page = (tmp_path / "reports" / "latest" / "quality.html").read_text(encoding="utf-8")
    assert "Is the limit of silence right?" in page
    assert "Learned limits stay until journey lapse learn." in page


def test_limits_that_are_not_in_use_are_said_to_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path, SEGMENT, head=AUTO.replace('"auto"', '"20d"'))
    put(project, "web/a.ndjson", QUICK)
    assert said(capsys, "run", "-q", "-C", str(tmp_path))[0] == 0
    code, out, _ = said(capsys, "lapse", "learn", "-C", str(tmp_path))
    assert code == 0
    assert 'not in use: write lapse_after = "auto" under [journeys]' in out


def test_a_mistake_in_the_file_of_limits_names_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path, SEGMENT, head=AUTO)
    (tmp_path / "lapse_thresholds.toml").write_text("[[versions]]\nversion = 0\n")
    code, _, err = said(capsys, "doctor", "-C", str(tmp_path))
    assert code == 2
    assert "lapse_thresholds.toml, line 2" in err + _
