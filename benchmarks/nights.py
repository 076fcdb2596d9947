"""What a first build costs, from files to the published tables, and what a night with 1 % new events costs after it.

    python benchmarks/nights.py --events 1000000

The events of the last of a hundred parts, in the order of time, come in a file of their own on the second night.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from customers import Load, made_events
from measuring import measured, measurement

from journey_analytics.config import Project
from journey_analytics.steps.build import build
from journey_analytics.steps.check import check
from journey_analytics.steps.configured_sources import configured_source
from journey_analytics.steps.ingest import ingest
from journey_analytics.steps.publish import publish
from journey_analytics.steps.runs import Run, new_run
from journey_analytics.warehouse.connection import opened

SETTINGS = """
[[sources]]
name = "events"
type = "table"
files = ["events/*.parquet"]
channel = "web"
key = ["event_id"]
time = { column = "occurred_at" }
[sources.fields]
event_type = "event_type"
channel = "channel"
user_id = "customer"
campaign_name = "campaign"
value = "value"
currency = { constant = "EUR" }
"""
NEW_RATE = 0.01
ALLOWED_FACTOR, ALLOWED_SECONDS = 1.5, 3.0


@dataclass(frozen=True)
class Night:
    """Seconds of a night's parts, what it recomputed, and its peak memory."""

    ingest: float
    build: float
    check: float
    publish: float
    recomputed_events: int
    events: int
    megabytes: float

    @property
    def after_ingest(self) -> float:
        """Seconds from staging to the published file."""
        return self.build + self.check + self.publish


def run_night(folder: Path) -> dict[str, int]:
    """One night; returns milliseconds of its parts and counts."""
    project, run = Project(folder), new_run()
    done: dict[str, int] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        done[name] = round(1000 * (time.perf_counter() - start))

    timed("ingest", lambda: _ingest(project, run))
    timed("build", lambda: build(project, run))
    timed("check", lambda: check(project, run.run_id))
    timed("publish", lambda: publish(project, None))
    with opened(project.state_database, read_only=True) as connection:
        last = "select events_count from ops.builds order by build_number desc limit 1"
        done["recomputed_events"] = connection.sql(last).fetchall()[0][0]
        done["events"] = connection.sql("select count(*) from staging.events").fetchall()[0][0]
    return done


def _ingest(project: Project, run: Run) -> None:
    found = ingest(project, configured_source(project, "events"), run.run_id)
    if found.failures:
        raise found.failures[0]


def night(folder: Path) -> Night:
    """One night in a process of its own."""
    found = measurement([sys.executable, __file__, "--measure", str(folder)])
    result, parts = found["result"], ("ingest", "build", "check", "publish")
    return Night(
        *(result[name] / 1000 for name in parts), result["recomputed_events"], result["events"], found["megabytes"]
    )


def main() -> None:
    """Run two nights and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000, help="about so many events")
    parser.add_argument("--measure", metavar="FOLDER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measured(run_night, Path(arguments.measure))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "journey.toml").write_text(SETTINGS)
        (folder / "events").mkdir()
        events = made_events(Load(arguments.events))
        first = round(events.height * (1 - NEW_RATE))
        events.head(first).write_parquet(folder / "events" / "history.parquet")
        whole = night(folder)
        events.slice(first).write_parquet(folder / "events" / "news.parquet")
        news = night(folder)
    share = news.recomputed_events / news.events
    allowed = news.ingest + ALLOWED_FACTOR * share * whole.after_ingest + ALLOWED_SECONDS
    lines = [
        f"{'':<14}{'events':>12} {'ingest s':>9} {'build s':>9} {'check s':>9} {'publish s':>9} {'peak MB':>9}",
        _line("first build", whole),
        _line("1 % new", news),
        f"first build: {(whole.ingest + whole.after_ingest) / whole.ingest:.2f} times its own ingest (target 2)",
        f"1 % new: {share:.1%} of the events are of recomputed customers; {news.ingest + news.after_ingest:.1f} s, "
        f"allowed {allowed:.1f}: ingest + {ALLOWED_FACTOR} x share x {whole.after_ingest:.1f} s + {ALLOWED_SECONDS:g}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def _line(name: str, one: Night) -> str:
    seconds = " ".join(f"{value:>9.1f}" for value in (one.ingest, one.build, one.check, one.publish))
    return f"{name:<14}{one.events:>12,} {seconds} {one.megabytes:>9,.0f}"


if __name__ == "__main__":
    main()
