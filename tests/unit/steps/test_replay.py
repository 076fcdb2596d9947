from pathlib import Path

import polars as pl
import pytest

from journey_analytics.config import Project
from journey_analytics.errors import SourceFailure, Unavailable, UsageError
from journey_analytics.steps.replay import Replayed, replay
from journey_analytics.steps.runs import StepReport, new_run, only_run
from tests.projects import ORDERS, SEGMENT, SENDGRID, STAGING, contents, load, make_project, message, put, state

NINE, LATER = "2026-03-02T09:00:00Z", "2027-03-02T09:00:00Z"
LATEST = "journey_analytics.transform.times._LATEST"
HEAD = "order,line,customer,at,amount\n"
GROUPED = ORDERS.replace('key = ["order"]', 'key = ["order", "line"]\ngroup_by = ["order"]')
CONTENT = ORDERS.replace('key = ["order"]', 'key = "content"')
SNAPSHOT = ORDERS.replace('key = ["order"]', 'key = ["order"]\nsnapshot = "at"\nversion = { constant = "1" }')
LINES = [f"1,1,u1,{NINE},10", f"1,2,u1,{LATER},10", f"1,2,u1,{LATER},10", f"2,1,u2,{NINE},7", "3,1,u3,never,1"]


@pytest.fixture
def shortsighted(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Software with a mistake: what happens after 2026 is no time to it. ``undo`` mends it."""
    monkeypatch.setattr(LATEST, pl.datetime(2027, 1, 1, time_zone="UTC", time_unit="us"))
    return monkeypatch


def replayed(project: Project, source: str | None = None) -> dict[str, Replayed]:
    found = replay(Project(project.folder), source, new_run(), lambda _: None)
    return {result.source: result for result in found}


def accounts(project: Project) -> list[tuple[int, ...]]:
    """The ledger's sums, once it is certain that every row is accounted for and that rejected rows are those kept."""
    files = state(project, "from ops.loaded_files")
    parts = files.select("loaded_count", "duplicates_count", "rejected_count", "skipped_count")
    assert parts.sum_horizontal().to_list() == files["rows_count"].to_list()
    kept = "select count(*) from ops.rejected_rows semi join ops.loaded_files using (source, content_hash)"
    assert state(project, kept).item() == files["rejected_count"].sum()
    rules = "select coalesce(sum(rows_count), 0)::bigint from ops.file_rules where verdict = 'rejected'"
    assert state(project, rules).item() == files["rejected_count"].sum()
    return parts.sum().rows()


@pytest.mark.parametrize("block", [ORDERS, GROUPED, CONTENT, SNAPSHOT], ids=["key", "group_by", "content", "snapshot"])
def test_a_replay_gives_what_a_fresh_load_gives(tmp_path: Path, shortsighted: pytest.MonkeyPatch, block: str) -> None:
    mended, fresh = make_project(tmp_path / "mended", block), make_project(tmp_path / "fresh", block)
    for project in (mended, fresh):
        put(project, "shop/a.csv", HEAD + "\n".join(LINES) + "\n")
        put(project, "shop/b.csv", HEAD + "\n".join([LINES[0], LINES[3], f"4,1,u4,{LATER},3"]) + "\n")
    load(mended, "shop")
    assert accounts(mended)[0][2] == 4
    shortsighted.undo()
    load(fresh, "shop")
    found = replayed(mended)["shop"]
    assert (found.files_count, found.rejected_count, found.mended_count) == (2, 4, 3)
    assert found.loaded_count + found.duplicates_count == 3
    assert found.still.select("rule", "rows_count", "path", "line").rows() == [("occurred_at", 1, "shop/a.csv", 6)]
    assert contents(mended.state_database, STAGING) == contents(fresh.state_database, STAGING)
    assert accounts(mended) == accounts(fresh)
    assert load(mended, "shop").files_count == 0


def test_an_older_export_does_not_rise_by_a_replay(tmp_path: Path, shortsighted: pytest.MonkeyPatch) -> None:
    by_name = SNAPSHOT.replace('{ constant = "1" }', '{ file_name = "_v(\\\\d+)" }')
    mended, fresh = make_project(tmp_path / "mended", by_name), make_project(tmp_path / "fresh", by_name)
    for project in (mended, fresh):
        put(project, "shop/a_v1.csv", HEAD + "\n".join([LINES[0], LINES[1], LINES[3]]) + "\n")
        put(project, "shop/a_v2.csv", HEAD + LINES[0] + "\n")
    load(mended, "shop")
    shortsighted.undo()
    load(fresh, "shop")
    assert replayed(mended)["shop"].mended_count == 1
    assert contents(mended.state_database, STAGING) == contents(fresh.state_database, STAGING)
    assert accounts(mended) == accounts(fresh)


def test_a_file_that_was_bad_throughout_is_tried_too(tmp_path: Path, shortsighted: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE))
    put(project, "web/b.ndjson", message(2, LATER))
    put(project, "web/c.ndjson", "no JSON")
    assert len(load(project, "web").failures) == 2
    shortsighted.undo()
    found = replayed(project)["web"]
    assert (found.files_count, found.mended_count, found.loaded_count) == (2, 1, 1)
    assert found.still["rule"].to_list() == ["json"]
    assert state(project, "select count(*) from ops.rejected_rows").item() == 1


def test_under_changed_settings_everything_is_read_again(tmp_path: Path) -> None:
    project = make_project(tmp_path, ORDERS)
    put(project, "shop/a.csv", f"order,customer,at,amount\n1,u1,{NINE},10\n2,u1,{NINE},ten\n3,u1,never,1\n")
    load(project, "shop")
    make_project(tmp_path, ORDERS.replace('value = "amount"\n', ""))
    found = replayed(project)["shop"]
    assert (found.rejected_count, found.mended_count, found.loaded_count) == (2, 1, 1)
    assert found.warnings == ["shop: its settings changed; all its files were read again"]
    assert accounts(project) == [(2, 0, 1, 0)]


def test_rows_of_a_file_that_is_gone_or_has_changed_are_told_and_kept(
    tmp_path: Path, shortsighted: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path, SEGMENT)
    for name in "abc":
        put(project, f"web/{name}.ndjson", message(ord(name), NINE) + "\n" + message(ord(name) + 10, LATER))
    load(project, "web")
    shortsighted.undo()
    (project.folder / "web/b.ndjson").unlink()
    put(project, "web/c.ndjson", message(99, NINE))
    found = replayed(project)["web"]
    assert (found.mended_count, found.gone) == (1, {"web/b.ndjson": 1, "web/c.ndjson": 1})
    assert state(project, "select path, raw is not null from ops.rejected_rows order by path").rows() == [
        ("web/b.ndjson", True),
        ("web/c.ndjson", True),
    ]


def test_a_moved_file_is_found_where_it_stands_now(tmp_path: Path, shortsighted: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path, SEGMENT)
    path = put(project, "web/a.ndjson", message(1, NINE) + "\n" + message(2, LATER))
    load(project, "web")
    path.rename(path.with_name("b.ndjson"))
    load(project, "web")
    shortsighted.undo()
    assert replayed(project)["web"].mended_count == 1


def test_a_loaded_file_that_turned_bad_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE) + "\nno JSON")
    load(project, "web")
    before = contents(project.state_database, [*STAGING, "ops.loaded_files", "ops.rejected_rows"])
    monkeypatch.setattr(LATEST, pl.datetime(2026, 1, 1, time_zone="UTC", time_unit="us"))
    with pytest.raises(SourceFailure, match="all 2 rows are bad"):
        replayed(project)
    assert contents(project.state_database, [*STAGING, "ops.loaded_files", "ops.rejected_rows"]) == before


def test_one_source_or_all_of_them_and_each_is_noted(tmp_path: Path, shortsighted: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path, SEGMENT, ORDERS)
    put(project, "web/a.ndjson", message(1, NINE) + "\n" + message(2, LATER))
    put(project, "shop/a.csv", HEAD + "\n".join(LINES) + "\n")
    load(project, "web")
    load(project, "shop")
    shortsighted.undo()
    assert set(replayed(project, "web")) == {"web"}
    steps: list[StepReport] = []
    assert {result.source for result in replay(project, None, new_run(), steps.append)} == {"shop"}
    assert [(step.step, step.detail) for step in steps] == [("replay:shop", "2 of 3 rejected rows mended")]
    assert state(project, "select step, status from ops.runs order by step").rows() == [
        ("replay:shop", "succeeded"),
        ("replay:web", "succeeded"),
    ]


def test_nothing_to_replay(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT, SENDGRID)
    assert replayed(project) == {}
    assert not project.state_database.exists()
    put(project, "web/a.ndjson", message(1, NINE))
    load(project, "web")
    assert replayed(project) == {}
    with pytest.raises(UsageError, match="there is no source 'wbe'"):
        replayed(project, "wbe")
    with only_run(project), pytest.raises(Unavailable):
        replayed(project)
