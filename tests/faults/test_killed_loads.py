"""A load that is killed at any moment, also in the middle of merging, has happened as a whole or not at all."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from journey_analytics.config import Project
from journey_analytics.contracts import STATE_TABLES
from tests.projects import contents, load, make_project, message, put, state

KILLS = int(os.environ.get("JOURNEY_KILLS", "2"))
ROWS_PER_FILE = 4_000
SOURCE = '[[sources]]\nname = "web"\ntype = "segment"\nfiles = ["web/*.ndjson"]\n'
WITH_THE_CLOCK = ("ops.source_fields", "ops.arrivals")
TABLES = [
    table.name
    for table in STATE_TABLES
    if table.name.startswith(("staging", "ops")) and table.name not in WITH_THE_CLOCK
]

LOADING = """
import sys
from pathlib import Path
from journey_analytics.config import Project
from journey_analytics.steps import ingest
from journey_analytics.steps.configured_sources import configured_source

merge = ingest.merge_load
def merge_and_say_so(*arguments):
    print("merging", flush=True)
    merge(*arguments)

ingest.merge_load = merge_and_say_so
project = Project(Path(sys.argv[1]))
print("reading", flush=True)
ingest.ingest(project, configured_source(project, "web"), "run")
print("done", flush=True)
"""


def project_with_a_night_behind_it(folder: Path) -> Project:
    """Some rows are in staging; those that are to be loaded repeat and contradict some of them, and some are bad."""
    project = make_project(folder, SOURCE)
    put(project, "web/first.ndjson", lines(0))
    load(project, "web")
    for number in range(1, 4):
        put(project, f"web/{number}.ndjson", lines(number))
    return project


def lines(file: int) -> str:
    first = file * ROWS_PER_FILE // 2
    rows = [
        message(number, f"2026-03-02T10:{number % 60:02}:00Z", properties={"file": file % 2})
        for number in range(first, first + ROWS_PER_FILE)
    ]
    return "\n".join([*rows, '{"type": "page"}', "no JSON"])


def rows(project: Project) -> object:
    return contents(project.state_database, TABLES)


def start(project: Project) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LOADING, str(project.folder)]
    return subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True)


def wait_for(run: subprocess.Popen[str], word: str) -> None:
    assert run.stdout is not None
    for line in run.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"the load ended without '{word}'")


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are killed the POSIX way")
@pytest.mark.parametrize("moment", ["reading", "merging"])
def test_a_killed_load_leaves_all_or_nothing_and_the_next_one_is_exact(tmp_path: Path, moment: str) -> None:
    calm = project_with_a_night_behind_it(tmp_path / "calm")
    troubled = Project(Path(shutil.copytree(calm.folder, tmp_path / "troubled")))
    before = rows(calm)
    run = start(calm)
    wait_for(run, moment)
    began = time.monotonic()
    wait_for(run, "done")
    duration = time.monotonic() - began
    run.wait()
    run.stdout.close()
    after = rows(calm)
    chance = random.Random(moment)
    for _ in range(KILLS):
        run = start(troubled)
        wait_for(run, moment)
        time.sleep(chance.uniform(0, 1) * duration)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        run.stdout.close()
        assert rows(troubled) in (before, after)
        if rows(troubled) == after:
            break
    load(troubled, "web")
    assert rows(troubled) == after
    assert state(troubled, "select sum(rows_count) from ops.loaded_files").item() == 4 * (ROWS_PER_FILE + 2)
