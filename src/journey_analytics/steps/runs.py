"""Runs: one at a time, each step noted with rows and seconds."""

import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl
from filelock import FileLock, Timeout

from journey_analytics.config import Project
from journey_analytics.contracts import RUNS
from journey_analytics.errors import JourneyError, Unavailable, storage_failures
from journey_analytics.warehouse.connection import insert, opened, transaction
from journey_analytics.warehouse.state_tables import create_state_tables


@dataclass(frozen=True)
class Run:
    """A run, named by its start.

    Attributes:
        run_id: Such as ``20261121T021000Z``.
        as_of: What happened later is not looked at.
    """

    run_id: str
    as_of: datetime


@dataclass
class StepReport:
    """What a step did, for the ledger and for people.

    Attributes:
        step: Name of the step.
        seconds: How long it took.
        rows_count: Rows made or read, where the step is about rows.
        detail: What a person wants to know about it.
        warnings: What a person should know although nothing failed.
        failure: Why the night will end in red after this step, although the step itself went through.
    """

    step: str
    seconds: float = 0.0
    rows_count: int | None = None
    detail: str = ""
    warnings: list[str] = field(default_factory=list)
    failure: str = ""


OnStep = Callable[[StepReport], None]


def new_run(as_of: datetime | None = None) -> Run:
    """A run that starts now; without ``as_of`` it looks at everything up to now."""
    now = datetime.now(UTC)
    return Run(now.strftime("%Y%m%dT%H%M%S%fZ"), as_of or now)


@contextmanager
def only_run(project: Project) -> Generator[None]:
    """Keep other runs of the project out while this one goes on.

    Raises:
        Unavailable: Another run is going on.
        StorageFailure: The folder of the state database cannot be written.
    """
    path = project.state_database.parent / "run.lock"
    lock = FileLock(path)
    try:
        with storage_failures():
            path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
    except Timeout:
        raise Unavailable(
            "another run of this project is going on.", hint="Wait for it to end, then try again."
        ) from None
    try:
        yield
    finally:
        lock.release()


def is_running(project: Project) -> bool:
    """Whether a run of the project is going on; nothing is written."""
    path = project.state_database.parent / "run.lock"
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except (Timeout, PermissionError):
        return os.access(path, os.W_OK)


@contextmanager
def recorded(project: Project, run: Run, step: str) -> Generator[StepReport]:
    """Time a step and note in the ledger how it ended, whether it succeeds or fails.

    Raises:
        StorageFailure: The disk is full, read-only or closed to us.
    """
    report = StepReport(step)
    started_at, clock = datetime.now(UTC), time.perf_counter()

    def note(status: str, detail: str) -> None:
        report.seconds = time.perf_counter() - clock
        row = {
            "run_id": run.run_id,
            "step": step,
            "as_of": run.as_of,
            "started_at": started_at,
            "seconds": report.seconds,
            "status": status,
            "rows_count": report.rows_count,
            "detail": detail,
        }
        with opened(project.state_database) as connection, transaction(connection):
            create_state_tables(connection)
            # A step that is tried again within its run stands there once, as it ended.
            connection.execute("delete from ops.runs where run_id = $1 and step = $2", [run.run_id, step])
            insert(connection, RUNS, pl.DataFrame([row], schema=RUNS.schema))

    with storage_failures():
        try:
            yield report
        except BaseException as error:
            with suppress(Exception):  # what failed is told; that it cannot be noted either would only hide it
                note("failed", _why(error))
            raise
        if report.failure:
            note("failed", report.failure)
        else:
            note("succeeded", report.detail)


def _why(error: BaseException) -> str:
    """First line of an error for the ledger; one that is a bug of ours may quote data, so only its name is kept."""
    if isinstance(error, JourneyError):
        return error.message.partition("\n")[0]
    return "interrupted" if isinstance(error, KeyboardInterrupt) else f"unexpected failure: {type(error).__name__}"
