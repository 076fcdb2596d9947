"""Killed at any moment, the next run finishes the work, and the published file opens throughout."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from journey_analytics.cli.init import read_template
from journey_analytics.config import Project
from journey_analytics.simulate import simulate
from tests.conftest import KEY
from tests.projects import everything, rows_of

KILLS = int(os.environ.get("JOURNEY_KILLS", "10"))


def make(folder: Path) -> Project:
    folder.mkdir()
    (folder / "journey.toml").write_text(read_template("demo.toml"))
    (folder / "customer.key").write_text(KEY)
    return Project(folder)


def start(project: Project) -> subprocess.Popen[bytes]:
    """A run in a process group of its own."""
    code = "import sys; from journey_analytics.cli.main import call; sys.exit(call(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "run", "-q", "-C", str(project.folder)]
    return subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are killed the POSIX way")
def test_nights_that_are_killed_are_caught_up_by_the_next(tmp_path: Path) -> None:
    calm, troubled = make(tmp_path / "calm"), make(tmp_path / "troubled")
    simulate(calm.folder / "data", 150, 11)
    began = time.monotonic()
    assert start(calm).wait() == 0
    duration = time.monotonic() - began
    chance = random.Random(5)
    files = sorted(path.relative_to(calm.folder) for path in (calm.folder / "data").rglob("*.gz"))
    chance.shuffle(files)
    for number in range(KILLS):
        for name in files[number::KILLS]:
            (troubled.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(calm.folder / name, troubled.folder / name)
        run = start(troubled)
        time.sleep(chance.uniform(0.1, 0.9) * duration)
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        if troubled.published_database.exists():
            assert rows_of(troubled.published_database, "select count(*) from marts.stage_funnel").item() >= 0
    assert start(troubled).wait() == 0
    assert everything(troubled) == everything(calm)
