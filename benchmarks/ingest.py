"""How long loading takes, beside what DuckDB's own reader needs to put the same files into a table, untyped.

    python benchmarks/ingest.py --rows 1000000 --files 1 4

Files are made in a temporary folder. Every measurement is a process of its own; the best of two counts. Peak memory is
that of the whole process.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from rows import CASES, write_files

from journey_analytics.config import Project
from journey_analytics.steps.configured_sources import configured_source
from journey_analytics.steps.ingest import ingest
from journey_analytics.warehouse.connection import opened

LINE = "{type:<10} {files:>5} {loader:<18} {rows:>10,} {seconds:>8.1f} {ratio:>6.1f} {megabytes:>8,.0f}\n"


def load_with_duckdb(folder: Path, files: Path, _type: str) -> int:
    """Read the files into a table of a new database, with the columns that DuckDB finds."""
    with duckdb.connect(str(folder / "plain.duckdb")) as connection:
        connection.execute(
            "create table rows as from read_json($1, format = 'newline_delimited')", [str(files / "*.ndjson*")]
        )
        return connection.sql("select count(*) from rows").fetchall()[0][0]


def load_with_journey(folder: Path, files: Path, type_: str) -> int:
    """Ingest the files into ``staging.events`` of a new project."""
    text = f'[[sources]]\nname = "web"\ntype = "{type_}"\nfiles = [{json.dumps(str(files / "*.ndjson*"))}]\n'
    (folder / "journey.toml").write_text(text)
    project = Project(folder)
    done = ingest(project, configured_source(project, "web"), "bench")
    if done.failures:
        raise done.failures[0]
    with opened(project.state_database, read_only=True) as connection:
        return connection.sql("select count(*) from staging.events").fetchall()[0][0]


LOADERS = {"DuckDB read_json": load_with_duckdb, "journey ingest": load_with_journey}


def measure(loader: str, type_: str, files: Path) -> None:
    """In a process of its own: load once, and print seconds, rows and peak memory."""
    with tempfile.TemporaryDirectory(dir=files.parent) as folder:
        start = time.perf_counter()
        rows = LOADERS[loader](Path(folder), files, type_)
        seconds = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_SELF)
    megabytes = usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    sys.stdout.write(json.dumps({"seconds": seconds, "rows": rows, "megabytes": megabytes}))


def best_of(times: int, loader: str, type_: str, files: Path) -> dict[str, float]:
    """The fastest of some measurements."""
    command = [sys.executable, __file__, "--measure", loader, type_, str(files)]
    found = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(times)
    ]
    return min(found, key=lambda one: one["seconds"])


def main() -> None:
    """Make the files of every case, load them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of every source")
    parser.add_argument("--files", type=int, nargs="+", default=[1, 4], help="into how many files they are split")
    parser.add_argument("--sources", nargs="+", default=list(CASES), choices=list(CASES), help="which sources")
    parser.add_argument("--measure", nargs=3, metavar=("LOADER", "TYPE", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        loader, type_, files = arguments.measure
        measure(loader, type_, Path(files))
        return
    head = f"{'source':<10} {'files':>5} {'loader':<18} {'rows':>10} {'seconds':>8} {'ratio':>6} {'peak MB':>8}\n"
    sys.stdout.write(head)
    for type_ in arguments.sources:
        for count in arguments.files:
            with tempfile.TemporaryDirectory() as folder:
                files = Path(folder) / "files"
                write_files(files, CASES[type_], arguments.rows, count)
                found = {loader: best_of(2, loader, type_, files) for loader in LOADERS}
            base = next(iter(found.values()))["seconds"]
            for loader, one in found.items():
                ratio = one["seconds"] / base
                sys.stdout.write(LINE.format(type=type_, files=count, loader=loader, ratio=ratio, **one))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
