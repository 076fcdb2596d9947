from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journey_analytics.config import Project
from journey_analytics.errors import ChecksFailed, SourceFailure
from journey_analytics.steps.build import build
from journey_analytics.steps.night import run_night
from journey_analytics.steps.runs import Run, StepReport, is_running, new_run, only_run
from journey_analytics.steps.status import status
from journey_analytics.warehouse.connection import opened
from tests.projects import ORDERS, SEGMENT, SENDGRID, load, make_project, message, put, rows_of, state

NINE = "2026-03-02T09:00:00Z"


def run(project: Project) -> None:
    """A night that looks at everything up to now, as the command line starts it."""
    run_night(Project(project.folder), new_run(), lambda _: None, with_report=False)


def delivered(number: int, at: datetime) -> str:
    """A message of SendGrid, which does not say when it was received."""
    return (
        f'{{"email":"ana@example.com","event":"click","timestamp":{int(at.timestamp())},"sg_event_id":"{number}",'
        '"url":"https://example.com"}'
    )


def test_a_project_that_never_ran_says_what_is_waiting(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT, SENDGRID)
    put(project, "web/a.ndjson", message(1, NINE))
    found = status(project, 7)
    assert (found.status, found.exit_code, found.waiting) == ("never_run", 2, {"web": 1, "email": 0})
    assert not project.state_database.exists()


def test_every_row_of_a_source_is_told(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", "\n".join([message(1, NINE), message(1, NINE), "{broken"]))
    run(project)
    put(project, "web/b.ndjson", message(2, NINE))
    run(project)
    found = status(project, 7)
    row = found.sources[0]
    names = ("files_count", "rows_count", "loaded_count", "duplicates_count", "rejected_count", "last_load_rows_count")
    assert [row[name] for name in names] == [2, 4, 2, 1, 1, 1]
    assert row["last_loaded_at"] == found.runs[0].started_at
    assert [(run.status, run.rows_count) for run in found.runs] == [("published", 1), ("published", 3)]
    assert (found.status, found.exit_code, found.failure) == ("published", 0, None)
    assert found.published_at == found.runs[0].started_at
    assert len(status(project, 1).runs) == 1


@pytest.mark.parametrize(("required", "deciding"), [("", "web"), ("required = true\n", "email")])
def test_the_source_that_holds_the_watermark_is_named(tmp_path: Path, required: str, deciding: str) -> None:
    project = make_project(tmp_path, SEGMENT, SENDGRID + required)
    put(project, "web/a.ndjson", message(1, NINE))
    put(project, "email/a.ndjson", delivered(1, datetime(2026, 3, 1, tzinfo=UTC)))
    run(project)
    assert status(project, 7).deciding == [deciding]


def test_a_required_source_without_events_is_told_by_the_build_and_the_status(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT, SENDGRID + "required = true\n")
    put(project, "web/a.ndjson", message(1, NINE))
    steps: list[StepReport] = []
    run_night(project, new_run(), steps.append, with_report=False)
    warned = next(step for step in steps if step.step == "build").warnings
    assert len(warned) == 1
    assert warned[0].startswith("email: it is required and has no event yet")
    found = status(project, 7)
    assert found.settings
    assert (found.deciding, found.settings["watermark_at"]) == (["email"], None)


def test_yesterdays_tables_are_told_with_the_step_that_failed_and_why(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE))
    run(project)
    put(project, "web/b.ndjson", "nothing of this is JSON")
    with pytest.raises(SourceFailure):
        run(project)
    found = status(project, 7)
    assert (found.status, found.exit_code) == ("outdated", 1)
    assert found.failure
    assert (found.failure.step, found.failure.status) == ("ingest:web", "failed")
    assert (found.failure.why or "").startswith("web/b.ndjson: all 1 rows are bad; the first, line 1: not valid JSON")
    assert found.published_at == found.runs[1].started_at
    put(project, "web/b.ndjson", message(2, NINE))
    run(project)
    assert status(project, 7).status == "published"


def test_a_failed_check_is_told_as_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE))
    monkeypatch.setattr("journey_analytics.steps.night.build", _build_with_a_broken_promise)
    with pytest.raises(ChecksFailed):
        run(project)
    found = status(project, 7)
    assert (found.status, found.exit_code, found.runs[0].step) == ("unpublished", 1, "check")
    assert "checks failed" in (found.runs[0].why or "")


def test_a_failed_check_shows_itself_on_the_quality_page_and_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE))
    run_night(project, new_run(), lambda _: None)
    latest = project.reports / "latest"
    before = {path.name: path.read_text() for path in latest.glob("*.html")}
    put(project, "web/b.ndjson", message(2, NINE))
    monkeypatch.setattr("journey_analytics.steps.night.build", _build_with_a_broken_promise)
    with pytest.raises(ChecksFailed):
        run(project)
    after = {path.name: path.read_text() for path in latest.glob("*.html")}
    assert {name for name, text in after.items() if text != before[name]} == {"quality.html"}
    assert "Nothing was published" in after["quality.html"]
    assert "ops.loaded_files: rows_count = loaded_count" in after["quality.html"]
    assert "not published</td>" in after["quality.html"]
    assert "Nothing was published" not in before["quality.html"]
    assert rows_of(project.published_database, "select count(*) from journeys.touchpoints").item() == 1


def _build_with_a_broken_promise(project: Project, run: Run, *, whole: bool) -> object:
    built = build(project, run, whole=whole)
    with opened(project.candidate_database) as connection:
        connection.execute("update ops.loaded_files set rows_count = rows_count + 1")
    return built


def test_a_run_that_ended_without_a_word_has_stopped(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE))

    def killed(step: StepReport) -> None:
        if step.step == "build":
            raise SystemExit

    with pytest.raises(SystemExit):
        run_night(project, new_run(), killed, with_report=False)
    last = status(project, 7).runs[0]
    assert (last.status, last.step) == ("stopped", "build")


def test_while_a_run_goes_on_the_published_tables_are_told(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE))
    run(project)
    assert not is_running(project)
    with only_run(project):
        found = status(project, 7)
        assert (found.is_running, found.exit_code, found.runs[0].status) == (True, 0, "published")
        assert found.sources[0]["rows_count"] == 1
    assert not is_running(project)


def test_an_unexpected_failure_leaves_no_data_in_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("could not read ana@example.com")

    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE))
    monkeypatch.setattr("journey_analytics.steps.night.build", fail)
    with pytest.raises(RuntimeError):
        run(project)
    assert (
        state(project, "select detail from ops.runs where step = 'build'").item() == "unexpected failure: RuntimeError"
    )


def test_lateness_is_by_the_vendors_receipt_where_it_is_told(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    late = {1: "2026-03-02T09:00:30Z", 2: "2026-03-02T11:00:00Z", 3: "2026-03-04T09:00:01Z", 4: "2026-03-10T09:00:01Z"}
    put(project, "web/a.ndjson", "\n".join(message(number, NINE, receivedAt=at) for number, at in late.items()))
    run(project)
    row = status(project, 7).sources[0]
    names = (
        "arrival_basis",
        "arrival_p50_seconds",
        "arrival_p95_seconds",
        "timed_count",
        "late_count",
        "very_late_count",
    )
    assert [row[name] for name in names] == ["received", 3 * 3600, 14 * 86_400, 4, 2, 1]


def test_lateness_is_by_our_load_where_the_vendor_does_not_tell(tmp_path: Path) -> None:
    """The first load brings the whole past and tells nothing; the files that are read again tell nothing new."""
    project = make_project(tmp_path, SENDGRID)
    now = datetime.now(UTC)
    put(project, "email/a.ndjson", delivered(1, now - timedelta(days=100)))
    run(project)
    assert status(project, 7).sources[0]["timed_count"] == 0
    put(
        project,
        "email/b.ndjson",
        "\n".join([delivered(1, now - timedelta(days=100)), delivered(2, now - timedelta(days=800))]),
    )
    put(project, "email/c.ndjson", "\n".join(delivered(number, now - timedelta(hours=5)) for number in range(3, 9)))
    run(project)
    row = status(project, 7).sources[0]
    assert (row["arrival_basis"], row["timed_count"], row["late_count"], row["very_late_count"]) == ("loaded", 7, 1, 1)
    assert row["arrival_p50_seconds"] == 6 * 3600
    make_project(tmp_path, SENDGRID + 'user_id_field = "customer"\n')
    run(project)
    assert status(project, 7).sources[0]["timed_count"] == 7


def test_lateness_of_events_that_follow_from_kept_rows_counts_new_ones_only(tmp_path: Path) -> None:
    project = make_project(tmp_path, ORDERS.replace('key = ["order"]', 'key = ["order", "line"]\ngroup_by = ["order"]'))
    at = datetime.now(UTC) - timedelta(days=2)
    for number in (1, 2):
        put(project, f"shop/{number}.csv", f"order,line,customer,at,amount\n{number},1,u1,{at:%Y-%m-%dT%H:%M:%S},10\n")
        load(project, "shop", f"run{number}")
    assert state(project, "select run_id, events_count from ops.arrivals").rows() == [("run2", 1)]


def test_days_tell_what_happened_and_what_was_loaded_on_them(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT, head='[project]\ntime_zone = "Europe/Prague"\n')
    put(project, "web/a.ndjson", "\n".join([message(1, "2026-03-02T22:59:00Z"), message(2, "2026-03-02T23:01:00Z")]))
    run(project)
    days = rows_of(
        project.published_database, "select occurred_on, events_count, loaded_count from ops.source_days order by all"
    ).rows()
    assert [(f"{day:%m-%d}", events, loaded) for day, events, loaded in days[:2]] == [("03-02", 1, 0), ("03-03", 1, 0)]
    assert days[2][1:] == (0, 2)
