"""How long loading takes, beside what DuckDB's own reader needs to put the same files into a table, untyped.

    python benchmarks/ingest.py --rows 1000000

Files are made in a temporary folder. Every measurement is a process of its own; the best of two counts.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb

from journey_analytics.config import Project
from journey_analytics.steps.configured_sources import configured_source
from journey_analytics.steps.ingest import ingest
from journey_analytics.warehouse.connection import opened

ROWS_PER_FILE = 250_000
START = datetime(2026, 1, 1, tzinfo=UTC)
AGENTS = [
    f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{number}.0.0.0 Safari/537.36"
    for system in ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64")
    for number in range(110, 130)
]


@dataclass(frozen=True)
class Case:
    """A source, and a function that makes one of its rows."""

    type: str
    row: Callable[[Random, int], dict[str, object]]


def segment_message(random: Random, number: int) -> dict[str, object]:
    """A page view, product view or order, as analytics.js sends it."""
    at = START + timedelta(seconds=number * 7, milliseconds=random.randrange(1000))
    time_text = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    person = random.randrange(200_000)
    path = f"/p/{random.randrange(5000)}"
    query = f"?utm_source=news&utm_medium=email&utm_campaign=week+{random.randrange(52)}" if number % 7 == 0 else ""
    if number % 23 == 0:
        query = f"?gclid=Cj0KCQ{random.getrandbits(64):x}"
    page = {"path": path, "url": f"https://shop.example{path}{query}", "referrer": "https://www.google.com/"}
    call = {"type": "page", "name": "Product", "properties": page}
    if number % 5 == 0:
        said = {"product_id": f"sku-{random.randrange(5000)}", "price": random.randrange(100, 9999) / 100}
        call = {"type": "track", "event": "Product Viewed", "properties": said}
    if number % 50 == 0:
        said = {"order_id": str(number), "revenue": random.randrange(100, 99999) / 100, "currency": "EUR"}
        call = {"type": "track", "event": "Order Completed", "properties": said}
    context = {
        "library": {"name": "analytics.js", "version": "4.1.0"},
        "ip": "203.0.113.7",
        "locale": "en-GB",
        "userAgent": random.choice(AGENTS),
        "page": page,
    }
    times = dict.fromkeys(("timestamp", "originalTimestamp", "sentAt", "receivedAt"), time_text)
    ids = {"messageId": f"ajs-{random.getrandbits(96):024x}", "anonymousId": f"{person:08x}-anonymous"}
    known = {"userId": f"u{person}"} if person % 3 == 0 else {"userId": None}
    return call | ids | known | {"context": context, "integrations": {}} | times


CASES = [Case("segment", segment_message)]
"""To measure another source, add it here."""


def write_files(folder: Path, case: Case, rows: int) -> None:
    """The rows of a case as gzipped lines of JSON."""
    random = Random(case.type)
    folder.mkdir()
    for start in range(0, rows, ROWS_PER_FILE):
        with gzip.open(folder / f"{start:09}.ndjson.gz", "wt", compresslevel=1, encoding="utf-8") as file:
            file.writelines(
                f"{json.dumps(row)}\n" for row in _rows(random, case, start, min(rows, start + ROWS_PER_FILE))
            )


def _rows(random: Random, case: Case, start: int, end: int) -> Iterator[dict[str, object]]:
    return (case.row(random, number) for number in range(start, end))


def load_with_duckdb(folder: Path, files: Path, _case: Case) -> int:
    """Read the files into a table of a new database, with the columns that DuckDB finds."""
    with duckdb.connect(str(folder / "plain.duckdb")) as connection:
        connection.execute(
            "create table rows as from read_json($1, format = 'newline_delimited')", [str(files / "*.gz")]
        )
        return connection.sql("select count(*) from rows").fetchall()[0][0]


def load_with_journey(folder: Path, files: Path, case: Case) -> int:
    """Ingest the files into ``staging.events`` of a new project."""
    text = f'[[sources]]\nname = "web"\ntype = "{case.type}"\nfiles = [{json.dumps(str(files / "*.gz"))}]\n'
    (folder / "journey.toml").write_text(text)
    project = Project(folder)
    done = ingest(project, configured_source(project, "web"), "bench")
    if done.failures:
        raise done.failures[0]
    with opened(project.state_database, read_only=True) as connection:
        return connection.sql("select count(*) from staging.events").fetchall()[0][0]


LOADERS = {"DuckDB read_json": load_with_duckdb, "journey ingest": load_with_journey}


def measure(loader: str, case: Case, files: Path) -> None:
    """In a process of its own: load once, and print seconds, rows and peak memory."""
    with tempfile.TemporaryDirectory(dir=files.parent) as folder:
        start = time.perf_counter()
        rows = LOADERS[loader](Path(folder), files, case)
        seconds = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_SELF)
    megabytes = usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    sys.stdout.write(json.dumps({"seconds": seconds, "rows": rows, "megabytes": megabytes}))


def best_of_two(loader: str, case: Case, files: Path) -> dict[str, float]:
    """The faster of two measurements."""
    command = [sys.executable, __file__, "--measure", loader, case.type, str(files)]
    found = [json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(2)]
    return min(found, key=lambda one: one["seconds"])


def main() -> None:
    """Make the files of every case, load them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of every source")
    parser.add_argument("--measure", nargs=3, metavar=("LOADER", "TYPE", "FILES"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    cases = {case.type: case for case in CASES}
    if arguments.measure:
        loader, type_, files = arguments.measure
        measure(loader, cases[type_], Path(files))
        return
    sys.stdout.write(f"{'source':<12} {'loader':<18} {'rows':>10} {'seconds':>8} {'ratio':>6} {'peak MB':>8}\n")
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            files = Path(folder) / "files"
            write_files(files, case, arguments.rows)
            found = {loader: best_of_two(loader, case, files) for loader in LOADERS}
        base = next(iter(found.values()))["seconds"]
        for loader, one in found.items():
            sys.stdout.write(
                f"{case.type:<12} {loader:<18} {one['rows']:>10,} {one['seconds']:>8.1f} "
                f"{one['seconds'] / base:>6.1f} {one['megabytes']:>8,.0f}\n"
            )


if __name__ == "__main__":
    main()
