"""Fixtures of several folders: the sample, built once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from journey_analytics.config import Project
from tests.projects import night
from tests.servers import Database, Storage, database_server, storage_server

ROOT = Path(__file__).parents[1]
KEY = "5a" * 32
"""A fixed secret, so that customer ids in tests are the same everywhere."""


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all test processes of this session share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def sample(shared_folder: Path) -> Project:
    """The project of this repository over data/sample, run once with its report; read only."""
    folder = shared_folder / "sample"
    with FileLock(shared_folder / "sample.lock"):
        if not (folder / "done").exists():
            folder.mkdir()
            shutil.copy(ROOT / "journey.toml", folder)
            (folder / "customer.key").write_text(KEY)
            (folder / "data").symlink_to(ROOT / "data")
            night(Project(folder), "sample", with_report=True)
            (folder / "done").touch()
    return Project(folder)


@pytest.fixture(scope="session")
def storage() -> Iterator[Storage]:
    """S3-compatible storage on loopback."""
    with storage_server() as server:
        yield server


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """PostgreSQL on loopback."""
    with database_server() as server:
        yield server
