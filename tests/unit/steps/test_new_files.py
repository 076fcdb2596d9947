"""Very many rows are merged in parts, which changes nothing but the memory that they need."""

from pathlib import Path
from typing import Any

import pytest

from journey_analytics.config import Project
from journey_analytics.errors import SourceFailure
from journey_analytics.steps import ingest, new_files
from journey_analytics.steps.ingest import Ingested
from journey_analytics.warehouse import merging
from tests.projects import ORDERS, SEGMENT, load, make_project, message, put, state

LOADED = "select * exclude (modified_nanoseconds) from ops.loaded_files order by path"
TABLES = (
    "from staging.events order by all",
    LOADED,
    "from ops.file_rules order by all",
    "from ops.rejected_rows order by all",
    "select source, run_id, time_precision, occurred_from, events_count from ops.arrivals order by all",
    "select source, row_kind, field, use, first_run_id, last_run_id from ops.source_fields order by all",
)


@pytest.fixture
def merges(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files each merge had."""
    found: list[int] = []
    merge_load = ingest.merge_load

    def noted(connection: Any, source: Any, load: Any, *others: Any) -> None:
        found.append(len(load.files))
        merge_load(connection, source, load, *others)

    monkeypatch.setattr(ingest, "merge_load", noted)
    return found


def messages(project: Project) -> None:
    at = "2026-03-02T{:02}:00:00Z".format
    put(project, "web/a.ndjson", "\n".join([message(1, at(9)), message(2, at(10)), "{broken"]))
    put(project, "web/b.ndjson", "\n".join([message(2, at(10)), message(3, at(8))]))
    put(project, "web/c.ndjson", "garbage")
    put(project, "web/d.ndjson", message(4, at(7)))
    put(project, "web/e.ndjson", message(2, at(10)) + "\n\n")


def orders(project: Project, day: int) -> None:
    for hour in range(3):
        rows = "".join(f"{day}-{hour}-{number},2026-03-{day:02}T{hour // 2:02}:00:00,u1,5\n" for number in range(2))
        put(project, f"shop/{day}-{hour}.csv", "order,at,customer,amount\n" + rows)


def counts(found: Ingested) -> list[object]:
    return [found.summary, found.rows_count, [failure.message for failure in found.failures], found.warnings]


def test_parts_give_the_tables_and_counts_of_one_load(
    tmp_path: Path, merges: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parted = make_project(tmp_path / "whole", SEGMENT), make_project(tmp_path / "parted", SEGMENT)
    messages(whole)
    at_once = load(whole, "web")
    monkeypatch.setattr(new_files, "MOST_ROWS", 2)
    messages(parted)
    in_parts = load(parted, "web")
    assert merges == [4, 1, 1, 1, 1]
    assert counts(in_parts) == counts(at_once)
    for table in TABLES:
        assert state(parted, table).equals(state(whole, table)), table
    assert load(parted, "web").files_count == 0


def test_keys_are_compared_some_at_a_time_with_the_same_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, in_parts = make_project(tmp_path / "at_once", SEGMENT), make_project(tmp_path / "in_parts", SEGMENT)
    found: list[Ingested] = []
    for project, rows in ((at_once, 1_000), (in_parts, 1)):
        monkeypatch.setattr(merging, "_ROWS_AT_A_TIME", rows)
        messages(project)
        found.append(load(project, "web"))
        put(project, "web/f.ndjson", "\n".join(message(number, "2026-03-02T11:00:00Z") for number in (3, 3, 4, 5)))
        found.append(load(project, "web", "second"))
    assert [counts(one) for one in found[:2]] == [counts(one) for one in found[2:]]
    assert [one.duplicates_count for one in found] == [2, 3, 2, 3]
    for table in TABLES:
        assert state(in_parts, table).equals(state(at_once, table)), table


def test_the_parts_of_a_first_load_tell_nothing_of_how_late_events_arrive_and_later_ones_the_same_as_one_load(
    tmp_path: Path, merges: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parted = make_project(tmp_path / "whole", ORDERS), make_project(tmp_path / "parted", ORDERS)
    for project, most_rows in ((whole, 100), (parted, 2)):
        monkeypatch.setattr(new_files, "MOST_ROWS", most_rows)
        for day in (1, 2):
            orders(project, day)
            load(project, "shop", f"night {day}")
    assert merges == [3, 3, 1, 1, 1, 1, 1, 1]
    for table in TABLES:
        assert state(parted, table).equals(state(whole, table)), table
    assert state(parted, "select distinct run_id from ops.arrivals").rows() == [("night 2",)]
    assert state(parted, "select sum(events_count) from ops.arrivals").item() == 6


def test_what_was_merged_stays_when_a_later_part_fails(
    tmp_path: Path, merges: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, calm = make_project(tmp_path / "troubled", SEGMENT), make_project(tmp_path / "calm", SEGMENT)
    messages(calm)
    load(calm, "web")
    merges.clear()
    messages(project)
    monkeypatch.setattr(new_files, "MOST_ROWS", 2)
    noted = ingest.merge_load

    def fails(*arguments: Any) -> None:
        noted(*arguments)
        if len(merges) == 2:
            raise SourceFailure("the disk is full")

    monkeypatch.setattr(ingest, "merge_load", fails)
    with pytest.raises(SourceFailure, match="the disk is full"):
        load(project, "web")
    assert state(project, "select path from ops.loaded_files").to_series().to_list() == ["web/a.ndjson"]
    monkeypatch.setattr(ingest, "merge_load", noted)
    load(project, "web")
    assert state(project, TABLES[0]).equals(state(calm, TABLES[0]))
    assert state(project, LOADED).equals(state(calm, LOADED))


def test_under_changed_settings_everything_is_read_again_at_once(
    tmp_path: Path, merges: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path, ORDERS)
    orders(project, 1)
    load(project, "shop")
    monkeypatch.setattr(new_files, "MOST_ROWS", 2)
    changed = make_project(tmp_path, ORDERS.replace('channel = "store"', 'channel = "web"'))
    load(changed, "shop")
    assert merges == [3, 3]
    assert state(changed, "select distinct channel from staging.events").rows() == [("web",)]
