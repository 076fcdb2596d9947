"""Small files are read together, which changes nothing but the time it takes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.config import Project
from journey_analytics.errors import SourceFailure
from journey_analytics.places.local import LocalFiles
from journey_analytics.places.place import FileStamp
from journey_analytics.steps import load as loading
from journey_analytics.steps import small_files
from journey_analytics.steps.gathering import ReadFile
from tests.projects import SEGMENT, load, make_project, message, put, state
from tests.vendor_rows import CASES, Case, check_accounts, rows_of_case, staged, write_rows

TOLD = (
    "select * exclude (modified_nanoseconds) from ops.loaded_files order by path",
    "from ops.file_rules order by all",
    "select * from ops.rejected_rows order by all",
    "select source, row_kind, field, use, first_rows_count from ops.source_fields "
    # Which keys hold objects is learned from the batch in which a key is first seen.
    "where not contains(field, '.') order by all",
)
MOST_ROWS = 12
GARBAGE = b"garbage\n{broken\n"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files were read together, each time that some were."""
    found: list[int] = []
    gather_together = loading.gather_together

    def noted(connection: Any, source: str, files: dict[int, ReadFile], rows: Any) -> None:
        found.append(len(files))
        gather_together(connection, source, files, rows)

    monkeypatch.setattr(loading, "gather_together", noted)
    return found


def loaded(case: Case, folder: Path, *, garbage: bool) -> dict[str, object]:
    """What is there and told after a load of many files: the sample, and each of its rows in a file of its own."""
    project = case.project(folder)
    for name, content in case.files:
        put(project, f"data/{name}", content)
    for number, row in enumerate(rows_of_case(case)[:MOST_ROWS]):
        write_rows(project, f"{number:03}/{row.file if case.names_matter else f'row{row.kind}'}", [row])
    kind = rows_of_case(case)[0].kind
    put(project, f"data/empty{kind}", b"")
    if garbage:
        put(project, f"data/garbage{kind}", GARBAGE)
    result = load(project, case.type)
    failures = [failure.message for failure in result.failures]
    counts = replace(result, failures=[])
    check_accounts(project)
    return {"staging": staged(project), "counts": counts, "failures": failures} | {
        query: state(project, query).rows() for query in TOLD
    }


@pytest.mark.parametrize("type_", CASES)
def test_files_read_together_give_what_each_by_itself_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: list[int], type_: str
) -> None:
    together = loaded(CASES[type_], tmp_path / "together", garbage=False)
    exports_replace_each_other = type_ == "ga4"
    assert bool(read) != exports_replace_each_other
    monkeypatch.setattr(loading, "MOST_BYTES", -1)
    read.clear()
    assert loaded(CASES[type_], tmp_path / "alone", garbage=False) == together
    assert read == []


@pytest.mark.parametrize("type_", ["segment", "google_ads", "table"])
def test_one_that_is_bad_throughout_costs_no_other_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, type_: str
) -> None:
    together = loaded(CASES[type_], tmp_path / "together", garbage=True)
    monkeypatch.setattr(small_files, "_MOST_WAITING", 2_000)
    some_at_a_time = loaded(CASES[type_], tmp_path / "some", garbage=True)
    monkeypatch.setattr(loading, "MOST_BYTES", -1)
    assert loaded(CASES[type_], tmp_path / "alone", garbage=True) == together == some_at_a_time


def messages(project: Project) -> None:
    for number in range(5):
        put(project, f"web/{number}.ndjson", message(number, "2026-03-02T09:00:00Z"))


def test_one_that_is_too_large_is_read_by_itself_in_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: list[int]
) -> None:
    project = make_project(tmp_path, SEGMENT)
    messages(project)
    large = put(project, "web/2.ndjson", "\n".join(message(number, "2026-03-02T09:00:00Z") for number in range(2, 30)))
    monkeypatch.setattr(loading, "MOST_BYTES", large.stat().st_size - 1)
    found = load(project, "web")
    assert read == [2, 2]
    assert (found.files_count, found.loaded_count, found.duplicates_count) == (5, 30, 2)
    assert state(project, "select path from ops.loaded_files")["path"].to_list() == [
        f"web/{number}.ndjson" for number in range(5)
    ]


def test_one_that_changes_while_it_is_read_is_left_to_the_next_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path, SEGMENT)
    messages(project)

    def changed(_: LocalFiles, stamp: FileStamp) -> None:
        if stamp.path == "web/3.ndjson":
            raise SourceFailure("3.ndjson: changed while it was being read; it will be read by the next run.")

    with monkeypatch.context() as patch:
        patch.setattr(LocalFiles, "check_unchanged", changed)
        found = load(project, "web")
    assert [failure.message for failure in found.failures] == [
        "3.ndjson: changed while it was being read; it will be read by the next run."
    ]
    assert (found.files_count, found.loaded_count) == (4, 4)
    assert load(project, "web").loaded_count == 1
