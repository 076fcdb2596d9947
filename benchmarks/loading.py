"""Loads one folder of files in one way, in a process of its own, and prints what it took as JSON.

python benchmarks/loading.py "journey ingest" ga4 FOLDER
"""

import json
import sys
import tempfile
from functools import partial
from pathlib import Path

import duckdb
from measuring import measured, measurement

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


def load(loader: str, type_: str, files: Path) -> dict[str, int]:
    """Load once, into a folder beside that of the files; returns how many ``rows``."""
    with tempfile.TemporaryDirectory(dir=files.parent) as folder:
        return {"rows": LOADERS[loader](Path(folder), files, type_)}


def best_of(times: int, loader: str, type_: str, files: Path) -> dict[str, float]:
    """``seconds``, ``cpu_seconds``, ``rows`` and ``megabytes``, each the least of some measurements."""
    found = [measurement([sys.executable, __file__, loader, type_, str(files)]) for _ in range(times)]
    flat = [one | one["result"] for one in found]
    return {name: min(one[name] for one in flat) for name in ("seconds", "cpu_seconds", "rows", "megabytes")}


if __name__ == "__main__":
    measured(partial(load, sys.argv[1], sys.argv[2]), Path(sys.argv[3]))
