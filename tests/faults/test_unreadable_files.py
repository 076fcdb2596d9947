"""Files and folders that cannot be read: each is named, and costs only itself."""

import os
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.cli.main import call
from tests.projects import SEGMENT, load, make_project, message, put, state

NINE = "2026-03-02T09:00:00Z"


def test_a_folder_of_any_name_is_looked_into(tmp_path: Path) -> None:
    project = make_project(tmp_path / "shop [new] *", SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE))
    assert load(project, "web").loaded_count == 1


def test_a_file_that_may_not_be_read_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path, SEGMENT)
    for number in range(3):
        put(project, f"web/{number}.ndjson", message(number, NINE))
    really_open = Path.open

    def opened(path: Path, *args: Any, **more: Any) -> Any:
        if path.name == "1.ndjson":
            raise PermissionError(13, "Permission denied")
        return really_open(path, *args, **more)

    monkeypatch.setattr(Path, "open", opened)
    found = load(project, "web")
    assert found.loaded_count == 2
    assert [failure.message for failure in found.failures] == ["1.ndjson: cannot be read (Permission denied)."]
    monkeypatch.undo()
    assert load(project, "web").loaded_count == 1


def test_a_file_that_is_gone_before_it_is_read_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path, SEGMENT)
    for number in range(2):
        put(project, f"web/{number}.ndjson", message(number, NINE))
    really = os.path.isfile
    monkeypatch.setattr(os.path, "isfile", lambda path: really(path) and (not path.endswith("0.ndjson") or _drop(path)))
    found = load(project, "web")
    assert found.loaded_count == 1
    assert [failure.message for failure in found.failures] == ["0.ndjson: cannot be read (No such file or directory)."]


def _drop(path: str) -> bool:
    Path(path).unlink()
    return True


def test_a_file_whose_name_is_not_utf8_costs_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE))
    put(project, os.fsdecode(b"web/gr\xfc\xdfe.ndjson"), message(2, NINE))
    found = load(project, "web")
    assert found.loaded_count == 1
    assert [failure.message for failure in found.failures] == ["gr��e.ndjson: the name of the file is not UTF-8."]
    assert call(["doctor", "-C", str(project.folder)]) == 1
    assert "the name of the file is not UTF-8" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("pattern", ["web/*", "web/**/*.ndjson", "web/2026/*.ndjson"])
def test_a_folder_that_may_not_be_listed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pattern: str
) -> None:
    project = make_project(tmp_path, SEGMENT.replace("web/*", pattern))
    closed = put(project, "web/2026/a.ndjson", message(1, NINE)).parent
    if pattern == "web/*":
        closed = closed.parent
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed and access(path, mode))
    told = f"web: the folder {closed.relative_to(tmp_path)} cannot be read."
    assert [failure.message for failure in load(project, "web").failures] == [told]
    assert call(["doctor", "-C", str(project.folder)]) == 1
    assert told in " ".join(capsys.readouterr().out.split())


def test_nested_rows_that_are_no_list_are_rejected(tmp_path: Path) -> None:
    project = make_project(tmp_path, '[[sources]]\nname = "help"\ntype = "zendesk"\nfiles = ["help/*"]\n')
    put(
        project,
        "help/a.json",
        '{"ticket_events":[{"id":1,"child_events":{"id":2}}]}\n{"users":[{"id":1,"role":"end-user"}]}',
    )
    found = load(project, "help")
    assert (found.rows_count, found.rejected_count, found.skipped_count) == (2, 1, 1)
    reason = state(project, "select reason from ops.rejected_rows").item()
    assert reason == "expected an array in child_events, found object"
