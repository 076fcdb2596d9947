"""Loads one folder of files in one way, in a process of its own, and prints what it took as JSON.

python benchmarks/loading.py "journey ingest" ga4 FOLDER
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from journey_analytics.config import Project
from journey_analytics.steps.configured_sources import configured_source
from journey_analytics.steps.ingest import ingest
from journey_analytics.warehouse.connection import opened

PATTERN = "*.ndjson*"


def load_with_duckdb(folder: Path, files: Path, _type: str) -> int:
    """Read the files into a table of a new database, with the columns that DuckDB finds."""
    with duckdb.connect(str(folder / "plain.duckdb")) as connection:
        connection.execute(
            "create table rows as from read_json($1, format = 'newline_delimited')", [str(files / PATTERN)]
        )
        return connection.sql("select count(*) from rows").fetchall()[0][0]


def load_with_journey(folder: Path, files: Path, type_: str) -> int:
    """Ingest the files into ``staging.events`` of a new project."""
    text = f'[[sources]]\nname = "web"\ntype = "{type_}"\nfiles = [{json.dumps(str(files / PATTERN))}]\n'
    (folder / "journey.toml").write_text(text)
    project = Project(folder)
    done = ingest(project, configured_source(project, "web"), "bench")
    if done.failures:
        raise done.failures[0]
    with opened(project.state_database, read_only=True) as connection:
        return connection.sql("select count(*) from staging.events").fetchall()[0][0]


LOADERS = {"DuckDB read_json": load_with_duckdb, "journey ingest": load_with_journey}


def measure(loader: str, type_: str, files: Path) -> None:
    """In a process of its own: load once, and print seconds on the clock and of the processor, rows and peak memory."""
    with tempfile.TemporaryDirectory(dir=files.parent) as folder:
        start, worked = time.perf_counter(), time.process_time()
        rows = LOADERS[loader](Path(folder), files, type_)
        seconds, worked = time.perf_counter() - start, time.process_time() - worked
    usage = resource.getrusage(resource.RUSAGE_SELF)
    megabytes = usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu": worked, "rows": rows, "megabytes": megabytes}))


def best_of(times: int, loader: str, type_: str, files: Path) -> dict[str, float]:
    """``seconds``, ``cpu``, ``rows`` and ``megabytes``, each the least of some measurements."""
    command = [sys.executable, __file__, loader, type_, str(files)]
    found = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(times)
    ]
    return {name: min(one[name] for one in found) for name in found[0]}


if __name__ == "__main__":
    measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
