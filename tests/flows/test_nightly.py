"""The nightly flow under Prefect does what ``journey run`` does."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import environment  # noqa: F401  # as the flows do: before Prefect is imported

import pytest
from prefect.testing.utilities import prefect_test_harness

from deployments import schedule_of
from ingest import ingest, worth_a_retry
from journey_analytics.errors import SourceFailure, Unavailable
from journey_analytics.steps.runs import only_run
from nightly import nightly
from tests.conftest import ROOT
from tests.projects import SEGMENT, contents, everything, make_project, message, night, put, state

pytestmark = pytest.mark.filterwarnings("default")

LINES = "\n".join(
    [
        message(1, "2026-03-02T09:00:00Z"),
        message(2, "2026-03-02T10:00:00Z", type="track", event="Signed Up", userId="u1"),
        message(3, "2026-06-02T10:00:00Z", anonymousId="other"),
    ]
)


@pytest.fixture(scope="session", autouse=True)
def harness() -> Iterator[None]:
    """One temporary Prefect for all tests of this folder."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


def test_the_flow_makes_the_same_tables_as_the_command(tmp_path: Path) -> None:
    by_command, by_flow = make_project(tmp_path / "command", SEGMENT), make_project(tmp_path / "flow", SEGMENT)
    by_flow.customer_key.write_text("ab" * 32)
    by_command.customer_key.write_text("ab" * 32)
    for project in (by_command, by_flow):
        put(project, "web/a.ndjson", LINES)
    night(by_command, with_report=True)
    findings = nightly(str(by_flow.folder))
    assert findings
    assert everything(by_flow) == everything(by_command)
    assert (by_flow.reports / "latest" / "index.html").exists()
    steps = state(by_flow, "select step, status from ops.runs order by started_at").rows()
    assert steps == [(name, "succeeded") for name in ("ingest:web", "build", "check", "report", "publish")]


def test_a_second_flow_changes_nothing(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", LINES)
    nightly(str(project.folder))
    before = everything(project)
    nightly(str(project.folder))
    assert everything(project) == before


def test_a_bad_file_leaves_yesterdays_numbers(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", LINES)
    nightly(str(project.folder))
    published = contents(project.published_database, ["marts.stage_funnel"])
    put(project, "web/b.ndjson", "garbage")
    with pytest.raises(SourceFailure, match="all 1 rows are bad"):
        nightly(str(project.folder))
    assert contents(project.published_database, ["marts.stage_funnel"]) == published


def test_ingest_alone_loads_and_publishes_nothing(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", LINES)
    ingest(str(project.folder))
    assert state(project, "select count(*) from staging.events").item() == 3
    assert not project.published_database.exists()


def test_one_run_at_a_time(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    with only_run(project), pytest.raises(Unavailable):
        nightly(str(project.folder))


class _State:
    """What Prefect hands to a retry condition."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    def result(self, *, raise_on_failure: bool) -> Exception:
        assert not raise_on_failure
        return self.failure


@pytest.mark.parametrize(
    ("failure", "again"), [(Unavailable("locked"), True), (OSError("away"), True), (SourceFailure("bad file"), False)]
)
def test_only_what_may_work_later_is_tried_again(failure: Exception, again: bool) -> None:
    assert worth_a_retry(None, None, _State(failure)) is again


def test_prefect_is_set_up_before_it_is_imported(tmp_path: Path) -> None:
    """Its settings are read once; a home whose parents are missing would leave it without a database."""
    home = tmp_path / "state" / "prefect"
    code = "import nightly; from prefect.settings import get_current_settings as s; print(s().server.ephemeral)"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "pipelines", env=kept | {"PREFECT_HOME": str(home)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "startup_timeout_seconds=120" in done.stdout
    assert "Failed to create" not in done.stderr
    assert home.is_dir()


def test_the_schedule_is_read_in_the_business_time_zone(tmp_path: Path) -> None:
    head = '[project]\ntime_zone = "Europe/Prague"\n[schedule]\ncron = "5 3 * * *"\n'
    schedule = schedule_of(make_project(tmp_path, SEGMENT, head=head))
    assert (schedule.cron, schedule.timezone) == ("5 3 * * *", "Europe/Prague")
    assert schedule_of(make_project(tmp_path, SEGMENT), every_seconds=5).interval is not None
