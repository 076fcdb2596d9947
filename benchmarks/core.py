"""How long sessions, stages and transitions of events in Parquet take, beside what others need for the same.

    python benchmarks/core.py --events 1000000

Every contender solves ``task.py`` in a process of its own; the best of two counts; all must agree. Others than the
package are left out until ``make peers`` has installed them.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from customers import write_parquet
from measuring import compare, measured
from task import LAPSE_AFTER_DAYS, SESSION_TIMEOUT_MINUTES, STAGES, START, Result, add_up

from journey_analytics.arrays.segments import Rows
from journey_analytics.config import Settings
from journey_analytics.contracts import SESSIONS, TRANSITIONS
from journey_analytics.stage_model import Rule, Stage, StageModel, TextCondition
from journey_analytics.transform.bucket import ROWS_PER_PART, BucketTables, transform_bucket
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.journeys import find_journeys
from journey_analytics.transform.sessions import find_sessions
from journey_analytics.transform.stage_visits import Visits, find_visits
from journey_analytics.transform.stages import find_stages
from journey_analytics.transform.total_order import customer_parts
from journey_analytics.transform.touchpoints import read_events, touchpoints_of

FOLDER = Path(__file__).parent
PEERS = FOLDER.parent / ".venv-bench/bin/python"
TIMEOUT = timedelta(minutes=SESSION_TIMEOUT_MINUTES)
LAPSE_AFTER = timedelta(days=LAPSE_AFTER_DAYS)
MODEL = StageModel(
    "task", "", "",
    tuple(Stage(name, name, "") for name in STAGES),
    tuple(Rule(name, name, (TextCondition("event_type", types),), "") for name, types in STAGES.items()),
    (),
)  # fmt: skip
SETTINGS = Settings.model_validate(
    {
        "sessions": {"timeout": f"{SESSION_TIMEOUT_MINUTES}m", "max_duration": "off"},
        "journeys": {"lapse_after": f"{LAPSE_AFTER_DAYS}d"},
    }
)
ONLY_SMALL = {"retentioneering": 1_000_000}


def _always(text: str) -> pl.Expr:
    return pl.lit(text, dtype=pl.Enum([text]))


ASKED = {
    "customer_key": pl.col("customer").hash(),
    "occurred_at": pl.col("occurred_at"),
    "event_type": pl.col("event_type").cast(pl.Categorical),
    "is_machine": pl.lit(value=False),
    "actor": _always("customer"),
    "time_precision": _always("instant"),
    "source": _always("events"),
    "source_order": pl.lit(None),
    "event_id": pl.lit(None),
}
"""Canonical columns that the task needs. Customers are told apart by a hash of 64 bits."""

SHOWN = {
    "event_key": pl.int_range(pl.len(), dtype=pl.UInt64),
    "entry_channel": pl.col("channel"),
    "campaign_name": pl.col("campaign"),
    "campaign_source": pl.lit(None),
    "campaign_medium": pl.lit(None),
    "channel": pl.col("channel"),
    "channel_group": pl.lit(None, pl.String),
    "click_id": pl.lit(None, pl.String),
    "referrer": pl.lit(None, pl.String),
    "page_url": pl.lit(None, pl.String),
}
"""Those that tables show beside."""


def canonical_frames(folder: Path, columns: dict[str, pl.Expr]) -> Iterator[pl.DataFrame]:
    """The events of each file, as the transforms read them."""
    for file in sorted(folder.glob("*.parquet")):
        yield pl.scan_parquet(file).select(**columns).collect()


def core(folder: Path) -> Result:
    """The package's way from events to stage visits, without the rows of tables that the task does not ask for."""
    return add_up([_counted(frame) for frame in canonical_frames(folder, ASKED)])


def _counted(frame: pl.DataFrame) -> Result:
    events = read_events(frame)

    def of_part(rows: Rows) -> Result:
        touchpoints = touchpoints_of(events, rows)
        sessions = find_sessions(touchpoints, TIMEOUT, None)
        stages = find_stages(Facts(touchpoints, sessions), MODEL)
        visits = find_visits(find_journeys(touchpoints, stages, LAPSE_AFTER), stages)
        durations = touchpoints.at[sessions.last] - touchpoints.at[sessions.first]
        return _sessions(durations, sessions.cut.lengths.max(initial=0)) | _steps(visits)

    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
        return add_up(list(threads.map(of_part, customer_parts(events.customer_key, ROWS_PER_PART))))


def _steps(visits: Visits) -> Result:
    """How often each step occurs."""
    names = [*MODEL.stage_names, START]
    source = np.where(visits.starts_journey, len(STAGES), visits.previous_stage)
    counts = np.bincount(source * len(names) + visits.stage)
    return {
        f"{names[step // len(names)]} > {names[step % len(names)]}": int(counts[step])
        for step in np.flatnonzero(counts)
    }


def _sessions(durations: Rows, longest: object) -> Result:
    return {
        "sessions": len(durations),
        "session_microseconds": int(np.sum(durations)),
        "longest_session": int(longest),
    }


def all_tables(folder: Path) -> Result:
    """All six tables of the package: also every touchpoint, session, visit and journey as a row."""
    return add_up(
        [
            _counted_tables(transform_bucket(frame, [MODEL], SETTINGS))
            for frame in canonical_frames(folder, ASKED | SHOWN)
        ]
    )


def _counted_tables(tables: BucketTables) -> Result:
    sessions = tables.of(SESSIONS)
    durations = (sessions["ended_at"] - sessions["started_at"]).dt.total_microseconds().to_numpy()
    steps = tables.of(TRANSITIONS).group_by(pl.format("{} > {}", "from_stage", "to_stage").alias("step")).len()
    return _sessions(durations, sessions["touchpoints_count"].max()) | dict(steps.iter_rows())


OWN = {"journey core": core, "journey, all tables": all_tables}
OTHERS = ("DuckDB SQL", "chdb SQL", "retentioneering")


def _command(contender: str, folder: str) -> list[str]:
    own = [sys.executable, __file__, "--measure", contender, folder]
    return own if contender in OWN else [str(PEERS), str(FOLDER / "peers.py"), contender, folder]


def main() -> None:
    """Make the events, let every contender work on them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--events-per-file", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=[*OWN, *OTHERS], help="contenders; all that can by default")
    parser.add_argument("--measure", nargs=2, metavar=("CONTENDER", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        contender, folder = arguments.measure
        measured(OWN[contender], Path(folder))
        return
    others = OTHERS if PEERS.exists() else ()
    able = [name for name in (*OWN, *others) if arguments.events <= ONLY_SMALL.get(name, arguments.events)]
    with tempfile.TemporaryDirectory() as folder:
        write_parquet(Path(folder), arguments.events, arguments.events_per_file)
        compare({name: _command(name, folder) for name in arguments.only or able}, arguments.repeats)


if __name__ == "__main__":
    main()
