import csv
import json
from pathlib import Path

import pytest

from journey_analytics.cli.main import call
from tests.projects import SEGMENT, make_project, message, put


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A project that has run twice; the second time an event came that is late, and one that is not."""
    made = make_project(tmp_path_factory.mktemp("project"), SEGMENT)
    put(made, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z", userId="u1"))
    assert call(["run", "-q", "--no-report", "-C", str(made.folder)]) == 0
    put(made, "web/b.ndjson", message(2, "2026-03-01T09:00:00Z") + "\n" + message(3, "2026-04-01T09:00:00Z"))
    assert call(["run", "-q", "--no-report", "-C", str(made.folder)]) == 0
    return str(made.folder)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert call(["diff", *arguments]) == 0
    return capsys.readouterr().out


def test_each_number_that_differs_is_a_line_with_its_causes(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [" ".join(line.split()) for line in answer(capsys, "-C", project).splitlines()]
    assert lines[2] == "rules the same"
    assert "2026-03 touchpoints 1 2 +1 late events +1" in lines
    assert "2026-04 touchpoints 0 1 +1 newer data +1" in lines
    assert "2026-03 late events 1 0 1" in lines
    assert "late events: came after a run that had looked at their time already" in lines
    assert not any(line.startswith("identity") for line in lines)


def test_a_month_can_be_asked_for_alone_with_what_is_the_same(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = answer(capsys, "--month", "2026-04", "-C", project)
    assert "2026-04" in text
    assert "2026-03" not in text.split("rules", 1)[1]
    assert "are the same; --all shows them" not in text
    same = answer(capsys, "latest", "latest", "--all", "-C", project)
    assert "touchpoints" in same
    assert "Why" in same
    assert "numbers are the same; --all shows them" in answer(capsys, "latest", "latest", "-C", project)


def test_csv_has_a_row_per_number_and_cause(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(answer(capsys, "--format", "csv", "-C", project).splitlines()))
    first = rows[0]
    assert list(first) == [
        "month", "measure", "stage_model", "name", "first_count", "second_count", "cause", "change_count",
    ]  # fmt: skip
    assert list(first.values()) == ["2026-03-01", "touchpoints", "", "", "1", "2", "late", "1"]


@pytest.mark.parametrize("asked", [["--json"], ["--format", "json"]])
def test_json_is_one_document_in_which_causes_add_up(
    project: str, capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    found = json.loads(answer(capsys, *asked, "-C", project))
    assert list(found) == ["first", "second", "other_inputs", "numbers", "causes"]
    assert found["first"]["run_id"] < found["second"]["run_id"]
    assert all(number["change_count"] == sum(number["causes"].values()) for number in found["numbers"])
    assert {number["causes"].get("late") for number in found["numbers"] if number["measure"] == "sessions"} == {1, None}


def test_mistakes_are_told_with_what_is_allowed(
    project: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(["diff", "lates", "-C", project]) == 2
    told = capsys.readouterr().err
    assert "there is no run 'lates'" in told
    assert "Did you mean 'latest'? Runs: latest, previous, 2" in " ".join(told.split())
    assert call(["diff", "--month", "2026-13", "-C", project]) == 2
    assert "'2026-13' is not a month" in capsys.readouterr().err
    make_project(tmp_path, SEGMENT)
    assert call(["diff", "-C", str(tmp_path)]) == 2
    assert "nothing has been run yet" in capsys.readouterr().err


def test_who_changed_between_two_runs_is_told_with_pseudonyms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_project(tmp_path, SEGMENT)
    put(made, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z", userId="u1@example.com"))
    assert call(["run", "-q", "--no-report", "-C", str(made.folder)]) == 0
    late = message(2, "2026-05-01T09:00:00Z", userId="u1@example.com")
    bought = message(3, "2026-05-02T09:00:00Z", userId="u2", anonymousId="other", type="track", event="Order Completed")
    put(made, "web/b.ndjson", f"{late}\n{bought}")
    assert call(["run", "-q", "--no-report", "-C", str(made.folder)]) == 0
    found = json.loads(answer(capsys, "--customers", "--json", "-C", str(tmp_path)))
    assert (found["after"], found["until"]) == ("2026-03-02 09:00:00+00:00", "2026-05-02 09:00:00+00:00")
    assert found["counts"] == [
        {"change": "came_back", "stage": "awareness", "customers_count": 1},
        {"change": "dropped_off", "stage": "awareness", "customers_count": 1},
        {"change": "entered", "stage": "acquisition", "customers_count": 1},
    ]
    assert [(row["change"], row["happened_at"][:10]) for row in found["customers"]] == [
        ("dropped_off", "2026-04-01"),
        ("came_back", "2026-05-01"),
        ("entered", "2026-05-02"),
    ]
    capsys.readouterr()
    assert call(["diff", "--customers", "--limit", "2", "-C", str(tmp_path)]) == 0
    text, warned = capsys.readouterr()
    assert "between  2026-03-02 09:00 and 2026-05-02 09:00 UTC, by what is known now" in text
    assert all(row["customer_id"] in text for row in found["customers"][:2])
    assert "u1" not in text + json.dumps(found)
    assert "only the first 2 of 3 changes; add --limit 0 for all" in warned
    assert answer(capsys, "--customers", "--format", "csv", "-C", str(tmp_path)).startswith("change,stage,customer_id,")


def test_between_runs_that_saw_the_same_data_nobody_can_have_changed(
    project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["diff", "latest", "latest", "--customers", "-C", project]) == 2
    assert "both runs saw data up to the same time, 2026-04-01 09:00 UTC" in capsys.readouterr().err
