"""Exports of parts, such as days, that newer exports replace as a whole."""

import gzip
import os
from pathlib import Path

import pytest

from journey_analytics.config import Project
from journey_analytics.errors import ConfigurationError
from journey_analytics.steps.configured_sources import configured_sources
from tests.projects import STAGING, contents, load, make_project, put, state

HEAD = '[[sources]]\nname = "shop"\ntype = "table"\nfiles = ["shop/**/*"]\nchannel = "store"\nkey = ["id"]\n'
TIME = 'time = { column = "day", unit = "day", zone = "UTC" }\n'
FIELDS = '[sources.fields]\nevent_type = { constant = "purchase" }\nuser_id = "id"\n'
BY_NAME = HEAD + TIME + 'snapshot = "day"\nversion = { file_name = "_v(\\\\d+)" }\n' + FIELDS
CONSTANT = HEAD + TIME + 'snapshot = "day"\nversion = { constant = "1" }\n' + FIELDS
BY_COLUMN = HEAD + TIME + 'snapshot = "day"\nversion = "export"\n' + FIELDS
MONDAY, TUESDAY = "2026-03-02", "2026-03-03"


def rows(*ids_and_days: tuple[str, str]) -> str:
    return "id,day\n" + "".join(f"{row_id},{day}\n" for row_id, day in ids_and_days)


def exports(*rows_: tuple[str, str, str]) -> str:
    return "id,day,export\n" + "".join(",".join(row) + "\n" for row in rows_)


def staged(project: Project) -> list[str]:
    """What stands in staging, once it is certain that the ledger agrees."""
    files = state(project, "from ops.loaded_files")
    counted = files.select("loaded_count", "duplicates_count", "rejected_count", "skipped_count").sum_horizontal()
    assert counted.to_list() == files["rows_count"].to_list()
    found = state(project, "select event_id from staging.events order by partition, user_id")
    assert files["loaded_count"].sum() == found.height
    ids = state(project, "select partition[9:] || user_id as id from staging.events order by partition, user_id")
    return ids["id"].to_list()


def ledger(project: Project) -> list[tuple[str, int, int]]:
    query = "select path, loaded_count, duplicates_count from ops.loaded_files order by path"
    return [(Path(path).name, loaded, duplicates) for path, loaded, duplicates in state(project, query).rows()]


@pytest.mark.parametrize("is_late", [False, True])
def test_the_newest_export_of_a_day_stands_whatever_came_first(tmp_path: Path, is_late: bool) -> None:
    project = make_project(tmp_path, BY_NAME)
    files = [
        ("shop/a_v9.csv", rows(("1", MONDAY), ("2", MONDAY), ("1", TUESDAY))),
        ("shop/a_v10.csv", rows(("2", MONDAY), ("3", MONDAY))),
    ]
    for name, content in reversed(files) if is_late else files:
        put(project, name, content)
        load(project, "shop")
    assert staged(project) == ["022", "023", "031"]
    assert ledger(project) == [("a_v10.csv", 2, 0), ("a_v9.csv", 1, 2)]


def test_the_same_bytes_in_a_newer_export_are_of_that_export(tmp_path: Path) -> None:
    project = make_project(tmp_path, BY_NAME)
    put(project, "shop/a_v1.csv", rows(("1", MONDAY)))
    put(project, "shop/b_v1.csv", rows(("2", MONDAY)))
    load(project, "shop")
    put(project, "shop/a_v2.csv", rows(("1", MONDAY)))
    put(project, "shop/b_v2.csv", rows(("3", MONDAY)))
    load(project, "shop")
    assert staged(project) == ["021", "023"]


def test_a_version_is_found_in_a_folder_too(tmp_path: Path) -> None:
    project = make_project(tmp_path, BY_NAME)
    put(project, "shop/export_v2/day.csv", rows(("2", MONDAY)))
    put(project, "shop/export_v1/day.csv", rows(("1", MONDAY)))
    load(project, "shop")
    assert staged(project) == ["022"]


def test_a_vanished_file_changes_nothing(tmp_path: Path) -> None:
    project = make_project(tmp_path, BY_NAME)
    path = put(project, "shop/a_v1.csv", rows(("1", MONDAY)))
    put(project, "shop/b_v1.csv", rows(("2", MONDAY)))
    load(project, "shop")
    path.unlink()
    assert load(project, "shop").failures == []
    assert staged(project) == ["021", "022"]


def test_a_file_written_over_takes_its_old_rows_away(tmp_path: Path) -> None:
    project = make_project(tmp_path, CONSTANT)
    put(project, "shop/a.csv", rows(("1", MONDAY), ("2", MONDAY)))
    put(project, "shop/b.csv", rows(("1", MONDAY), ("3", TUESDAY)))
    load(project, "shop")
    assert ledger(project) == [("a.csv", 2, 0), ("b.csv", 1, 1)]
    put(project, "shop/a.csv", rows(("2", MONDAY)))
    found = load(project, "shop")
    assert (found.files_count, found.rows_count) == (2, 3)
    assert staged(project) == ["021", "022", "033"]
    assert ledger(project) == [("a.csv", 1, 0), ("b.csv", 2, 0)]
    assert load(project, "shop").files_count == 0


def test_a_file_emptied_takes_its_rows_away_and_says_so(tmp_path: Path) -> None:
    for number, block in enumerate((CONSTANT, CONSTANT.replace("snapshot", 'group_by = ["user_id"]\nsnapshot'))):
        project = make_project(tmp_path / str(number), block)
        put(project, "shop/a.csv", rows(("1", MONDAY)))
        load(project, "shop")
        put(project, "shop/a.csv", "id,day\n")
        assert load(project, "shop").warnings == ["shop: a.csv is empty"]
        assert state(project, "select count(*) from staging.events").item() == 0


def test_an_older_export_stands_again_when_the_newer_one_no_longer_has_the_day(tmp_path: Path) -> None:
    project = make_project(tmp_path, BY_NAME)
    put(project, "shop/a_v1.csv", rows(("1", MONDAY), ("1", TUESDAY)))
    put(project, "shop/a_v2.csv", rows(("2", MONDAY), ("2", TUESDAY)))
    load(project, "shop")
    put(project, "shop/a_v2.csv", rows(("3", TUESDAY)))
    load(project, "shop")
    assert staged(project) == ["021", "033"]


def test_an_older_export_that_is_gone_is_told(tmp_path: Path) -> None:
    project = make_project(tmp_path, BY_NAME)
    old = put(project, "shop/a_v1.csv", rows(("1", MONDAY)))
    put(project, "shop/a_v2.csv", rows(("2", MONDAY), ("2", TUESDAY)))
    load(project, "shop")
    old.unlink()
    put(project, "shop/a_v2.csv", rows(("3", TUESDAY)))
    assert load(project, "shop").warnings == [
        "shop: a newer export was written over with less, and shop/a_v1.csv, which it had replaced, is gone"
    ]
    assert staged(project) == ["033"]


def test_files_of_older_exports_are_not_needed_to_write_a_newer_one_over(tmp_path: Path) -> None:
    project = make_project(tmp_path, BY_NAME)
    old = put(project, "shop/a_v1.csv", rows(("1", MONDAY)))
    put(project, "shop/a_v2.csv", rows(("2", MONDAY)))
    load(project, "shop")
    old.unlink()
    put(project, "shop/a_v2.csv", rows(("3", MONDAY)))
    found = load(project, "shop")
    assert (found.failures, found.warnings) == ([], [])
    assert staged(project) == ["023"]


@pytest.mark.parametrize(
    "content", [gzip.compress(rows(*[(str(n), MONDAY) for n in range(3000)]).encode())[:-40], b"lorem", b""]
)
def test_a_file_written_over_with_garbage_leaves_its_old_rows(tmp_path: Path, content: bytes) -> None:
    project = make_project(tmp_path, CONSTANT)
    put(project, "shop/a.csv.gz", gzip.compress(rows(("1", MONDAY), ("2", TUESDAY)).encode()))
    put(project, "shop/b.csv", rows(("3", MONDAY)))
    load(project, "shop")
    put(project, "shop/a.csv.gz", content)
    if content:
        assert load(project, "shop").failures
        assert staged(project) == ["021", "023", "032"]
    put(project, "shop/a.csv.gz", gzip.compress(rows(("4", MONDAY)).encode()))
    assert load(project, "shop").failures == []
    assert staged(project) == ["023", "024"]


def test_a_file_written_over_with_bad_rows_only_leaves_its_old_rows(tmp_path: Path) -> None:
    project = make_project(tmp_path, CONSTANT)
    put(project, "shop/a.csv", rows(("1", MONDAY)))
    load(project, "shop")
    put(project, "shop/a.csv", rows(("1", "never"), ("2", "")))
    failures = load(project, "shop").failures
    assert "all 2 rows are bad" in failures[0].message
    assert staged(project) == ["021"]
    assert state(project, "select rule from ops.rejected_rows order by line").rows() == [
        ("occurred_at",),
        ("partition",),
    ]


@pytest.mark.parametrize("neighbour", [None, b"lorem"])
def test_a_file_written_over_waits_for_the_neighbour_that_is_gone_or_broken(
    tmp_path: Path, neighbour: bytes | None
) -> None:
    project = make_project(tmp_path, CONSTANT)
    put(project, "shop/a.csv", rows(("1", MONDAY)))
    beside = put(project, "shop/b.csv", rows(("2", MONDAY)))
    put(project, "shop/c.csv", rows(("3", TUESDAY)))
    load(project, "shop")
    put(project, "shop/a.csv", rows(("4", MONDAY)))
    put(project, "shop/c.csv", rows(("5", TUESDAY)))
    put(project, "shop/new.csv", rows(("6", MONDAY)))
    beside.unlink() if neighbour is None else beside.write_bytes(neighbour)
    for _ in range(2):
        failure = load(project, "shop").failures[-1]
        assert "shop/b.csv, which holds rows of the same parts, is gone or cannot be read" in failure.message
        assert failure.hint == (
            "Put shop/b.csv back. If the new export consists of fewer files, put an empty file in its place."
        )
        assert staged(project) == ["021", "022", "026", "035"]
    put(project, "shop/b.csv", "")
    assert load(project, "shop").failures == []
    assert staged(project) == ["024", "026", "035"]


def test_a_file_that_was_moved_and_written_over_is_not_missed(tmp_path: Path) -> None:
    project = make_project(tmp_path, CONSTANT)
    path = put(project, "shop/a.csv", rows(("1", MONDAY)))
    load(project, "shop")
    (project.folder / "shop/2026").mkdir()
    path.rename(project.folder / "shop/2026/a.csv")
    load(project, "shop")
    assert ledger(project) == [("a.csv", 0, 1), ("a.csv", 1, 0)]
    put(project, "shop/2026/a.csv", rows(("2", MONDAY)))
    assert load(project, "shop").failures == []
    assert staged(project) == ["022"]
    assert ledger(project) == [("a.csv", 1, 0)]


def test_files_that_change_places_keep_their_rows(tmp_path: Path) -> None:
    project = make_project(tmp_path, CONSTANT)
    put(project, "shop/export.csv", rows(("1", MONDAY)))
    load(project, "shop")
    (project.folder / "shop/export.csv").rename(project.folder / "shop/export.1.csv")
    put(project, "shop/export.csv", rows(("2", MONDAY)))
    assert load(project, "shop").failures == []
    assert staged(project) == ["021", "022"]


def test_a_touched_file_is_not_read_again(tmp_path: Path) -> None:
    project = make_project(tmp_path, CONSTANT)
    path = put(project, "shop/a.csv", rows(("1", MONDAY)))
    load(project, "shop")
    os.utime(path, ns=(1, 1))
    assert load(project, "shop").files_count == 0


def test_a_key_means_something_within_its_part(tmp_path: Path) -> None:
    project = make_project(tmp_path, BY_NAME)
    put(project, "shop/a_v1.csv", rows(("1", MONDAY)))
    put(project, "shop/b_v2.csv", rows(("1", TUESDAY)))
    load(project, "shop")
    put(project, "shop/c_v3.csv", rows(("2", MONDAY)))
    load(project, "shop")
    assert staged(project) == ["022", "031"]


def test_rows_tell_their_export_themselves(tmp_path: Path) -> None:
    project = make_project(tmp_path, BY_COLUMN)
    put(
        project, "shop/a.csv", exports(("1", MONDAY, "9"), ("2", MONDAY, "10"), ("3", TUESDAY, "9"), ("4", TUESDAY, ""))
    )
    found = load(project, "shop")
    assert (found.loaded_count, found.duplicates_count, found.rejected_count) == (2, 1, 1)
    assert state(project, "select rule, reason from ops.rejected_rows").rows() == [("version", "no value in export")]
    assert staged(project) == ["022", "033"]
    assert state(project, "select version from staging.events").to_series().is_null().all()


def test_lines_of_an_invoice_are_replaced_with_their_day(tmp_path: Path) -> None:
    block = BY_NAME.replace('key = ["id"]', 'key = "content"\ngroup_by = ["user_id"]').replace(
        FIELDS, FIELDS + 'value = "amount"\n'
    )
    tables = []
    first = "id,day,amount\nu1,2026-03-02,1\nu1,2026-03-02,1\nu1,2026-03-03,5\n"
    second = "id,day,amount\nu1,2026-03-02,7\nu2,2026-03-02,2\n"
    for number, order in enumerate(([("a_v1", first), ("b_v2", second)], [("b_v2", second), ("a_v1", first)])):
        project = make_project(tmp_path / str(number), block)
        for name, content in order:
            put(project, f"shop/{name}.csv", content)
            load(project, "shop")
        query = "select user_id, value::varchar as value, partition from staging.events order by user_id"
        assert state(project, query).rows() == [("u1", "12.000000", None), ("u2", "2.000000", None)]
        assert ledger(project) == [("a_v1.csv", 1, 2), ("b_v2.csv", 2, 0)]
        tables.append(contents(project.state_database, STAGING))
    assert tables[0] == tables[1]


def test_exports_that_were_replaced_are_not_needed_when_settings_change(tmp_path: Path) -> None:
    project = make_project(tmp_path, BY_NAME)
    old = put(project, "shop/a_v1.csv", rows(("1", MONDAY)))
    put(project, "shop/a_v2.csv", rows(("2", MONDAY)))
    load(project, "shop")
    old.unlink()
    changed = make_project(tmp_path, BY_NAME.replace('"purchase"', '"refund"'))
    assert load(changed, "shop").warnings == ["shop: its settings changed; all its files were read again"]
    assert state(changed, "select event_type from staging.events").rows() == [("refund",)]


def test_a_version_in_the_file_name_may_be_that_of_a_row(tmp_path: Path) -> None:
    block = (
        HEAD + TIME + 'version = { file_name = "_v(\\\\d+)" }\n' + FIELDS.replace('{ constant = "purchase" }', '"what"')
    )
    for number, order in enumerate(((9, 10, 11), (11, 9, 10))):
        project = make_project(tmp_path / str(number), block)
        for version in order:
            put(project, f"shop/a_v{version}.csv", f"id,day,what\n1,{MONDAY},{'b' if version == 10 else 'a'}\n")
            load(project, "shop")
        assert state(project, "select event_type, version from staging.events").rows() == [("a", "11".zfill(20))]


def test_rows_of_a_file_without_version_are_rejected(tmp_path: Path) -> None:
    project = make_project(tmp_path, BY_NAME)
    put(project, "shop/day.csv", rows(("1", MONDAY)))
    told = "no version in the name of the file 'shop/day.csv'; looked for _v(\\d+)"
    assert told in load(project, "shop").failures[0].message
    assert state(project, "select rule, reason from ops.rejected_rows").rows() == [("file_version", told)]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('snapshot = "day"\n', "line 9: sources.snapshot: a snapshot needs 'version'"),
        (
            'version = { file_name = "v" }\nsnapshot = "day"\n',
            "line 9: sources.version.file_name: 'v' must have exactly one",
        ),
        ('version = { column = "a", constant = "b" }\n', "line 9: sources.version: name exactly one of"),
        ("version = {}\n", "line 9: sources.version: name exactly one of"),
    ],
)
def test_versions_that_cannot_be(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configured_sources(make_project(tmp_path, HEAD + TIME + lines + FIELDS))
    assert told in caught.value.message


def test_costs_that_return_to_an_earlier_figure_are_the_newest(tmp_path: Path) -> None:
    project = make_project(tmp_path, '[[sources]]\nname = "ads"\ntype = "google_ads"\nfiles = ["ads/*"]\n')
    for day, cost in enumerate((10, 12, 10)):
        put(project, f"ads/report_{day}.csv", f"Campaign ID,Day,Cost,Clicks,Impressions\n1,2026-03-02,{cost},1,1\n")
        load(project, "ads")
    assert state(project, "select cost::int, version from staging.ad_costs").rows() == [(10, "report_2.csv")]
